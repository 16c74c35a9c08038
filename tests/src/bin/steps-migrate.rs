//! The runner of the journal revisions, on the database that `DATABASE_URL` names; an older one with
//! `MIGRATE_TEST_REVISIONS`; that of a revision of mixed steps with `MIGRATE_TEST_MIX`; that of a revision with a connection
//! of its own with `MIGRATE_TEST_OWN_CONNECTION`.

use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_tests::journal_revisions::{JournalDialect, migrations};
use migrate_tests::{mix, own_connection};

fn main() -> std::process::ExitCode {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    let count = std::env::var("MIGRATE_TEST_REVISIONS").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(3);
    if std::env::var_os(own_connection::SELECT).is_some() {
        return migrate_runtime::main(own_connection::migrations());
    }
    match url.split(':').next() {
        Some("postgres") => run::<Postgres>(count),
        Some("mysql") => run::<Mysql>(count),
        _ => run::<Sqlite>(count),
    }
}

fn run<B: JournalDialect>(count: usize) -> std::process::ExitCode {
    match std::env::var_os(mix::LETTERS) {
        Some(_) => migrate_runtime::main(mix::migrations::<B>()),
        None => migrate_runtime::main(migrations::<B>(count)),
    }
}
