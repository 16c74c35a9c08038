//! Revisions for PostgreSQL, one of them outside a transaction: the subject of its fault tests.

mod m20260201_000001_create_accounts;
mod m20260201_000002_move_balances;
mod m20260201_000003_index_accounts;
mod m20260201_000004_create_notes;

use postgres::Transaction;

migrate_runtime::migrations!(backend = Postgres);

/// What the second revision does in the middle of its work, by the value of `MIGRATE_TEST_FAULT`.
fn fault(transaction: &mut Transaction<'_>) -> migrate_runtime::v1::Result<()> {
    match std::env::var("MIGRATE_TEST_FAULT")
        .unwrap_or_default()
        .as_str()
    {
        "error" => Err(migrate_runtime::v1::Error::msg("the bank is closed")),
        "sql" => Ok(transaction.batch_execute("INSERT INTO nowhere VALUES (1)")?),
        "panic" => panic!("a balance of {} is impossible", -1),
        "commit" => Ok(transaction.batch_execute("COMMIT")?),
        "rollback" => {
            transaction.batch_execute("ROLLBACK")?;
            Ok(transaction.batch_execute("CREATE TABLE left_behind (id integer)")?)
        }
        "swallow" => {
            let _ = transaction.batch_execute("INSERT INTO nowhere VALUES (1)");
            Ok(())
        }
        "settings" => Ok(transaction.batch_execute(
            "CREATE SCHEMA elsewhere; SET search_path = elsewhere; SET TimeZone = 'Asia/Tokyo'",
        )?),
        "abort" => std::process::abort(),
        "sleep" => Ok(transaction.batch_execute("SELECT pg_sleep(60)")?),
        _ => Ok(()),
    }
}

/// Writes down that a revision ran, so that running twice shows.
fn record_run(transaction: &mut Transaction<'_>, revision: &str) -> Result<(), postgres::Error> {
    transaction
        .execute("INSERT INTO runs (revision) VALUES ($1)", &[&revision])
        .map(|_| ())
}
