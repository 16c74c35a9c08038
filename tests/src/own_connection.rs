//! Revisions for PostgreSQL, of which the second opens a connection of its own and waits for it.

use migrate_runtime::Migrations;
use migrate_runtime::v1::{Op, Postgres, Result};
use postgres::{Client, NoTls};

use crate::revisions::linear_history;

/// The variable that selects these revisions in the runner.
pub const SELECT: &str = "MIGRATE_TEST_OWN_CONNECTION";

/// Returns the revisions.
pub fn migrations() -> &'static Migrations<Postgres> {
    linear_history::<Postgres>(&[(create, |_| Ok(())), (wait_for_itself, |_| Ok(()))])
}

fn create(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.execute("CREATE TABLE a (id INTEGER); INSERT INTO a VALUES (1)")
}

/// The other connection gives up after a while, which those of most applications do not.
fn wait_for_itself(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.execute("ALTER TABLE a ADD COLUMN b INTEGER")?;
    let mut own = Client::connect(&std::env::var("DATABASE_URL")?, NoTls)?;
    Ok(own.batch_execute("SET lock_timeout = '6s'; UPDATE a SET b = 1")?)
}
