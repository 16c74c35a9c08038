//! The runner of the chain of steps, on the database that `DATABASE_URL` names; an older one with `MIGRATE_TEST_REVISIONS`.

use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_tests::steps::migrations;

fn main() -> std::process::ExitCode {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    let count = std::env::var("MIGRATE_TEST_REVISIONS").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(3);
    match url.split(':').next() {
        Some("postgres") => migrate_runtime::main(migrations::<Postgres>(count)),
        Some("mysql") => migrate_runtime::main(migrations::<Mysql>(count)),
        _ => migrate_runtime::main(migrations::<Sqlite>(count)),
    }
}
