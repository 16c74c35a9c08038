//! Five revisions whose third does what an environment variable sets: the subject of the fault tests.

mod m20260101_000001_create_accounts;
mod m20260101_000002_add_currency;
mod m20260101_000003_move_balances;
mod m20260101_000004_index_accounts;
mod m20260101_000005_create_notes;

use rusqlite::Connection;

migrate_runtime::migrations!(backend = Sqlite);

/// What the third revision does in the middle of its work, by the value of `MIGRATE_TEST_FAULT`.
fn fault(connection: &Connection) -> migrate_runtime::v1::Result<()> {
    match std::env::var("MIGRATE_TEST_FAULT")
        .unwrap_or_default()
        .as_str()
    {
        "error" => Err(migrate_runtime::v1::Error::msg("the bank is closed")),
        "sql" => Ok(connection.execute_batch("INSERT INTO nowhere VALUES (1)")?),
        "panic" => panic!("a balance of {} is impossible", -1),
        "commit" => Ok(connection.execute_batch("COMMIT")?),
        "rollback" => Ok(connection.execute_batch("ROLLBACK")?),
        "abort" => std::process::abort(),
        // Not on an empty database in memory, so that the two differ.
        "stray" if connection.path().is_some_and(|path| !path.is_empty()) => {
            Ok(connection.execute_batch("CREATE TABLE stray (a INTEGER)")?)
        }
        _ => Ok(()),
    }
}

/// Writes down that a revision ran, so that running twice shows. Not on a database in memory, where the test of
/// `migrations!` requires that `down` leaves the rows as they were.
fn record_run(connection: &Connection, revision: &str) -> rusqlite::Result<()> {
    if connection.path().is_none_or(str::is_empty) {
        return Ok(());
    }
    connection
        .execute("INSERT INTO runs (revision) VALUES (?1)", [revision])
        .map(|_| ())
}
