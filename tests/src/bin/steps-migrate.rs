//! The runner of the chain of steps, on the database that `DATABASE_URL` names.

use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_tests::steps::migrations;

fn main() -> std::process::ExitCode {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    match url.split(':').next() {
        Some("postgres") => migrate_runtime::main(migrations::<Postgres>()),
        Some("mysql") => migrate_runtime::main(migrations::<Mysql>()),
        _ => migrate_runtime::main(migrations::<Sqlite>()),
    }
}
