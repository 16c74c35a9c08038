//! Index accounts.

use migrate_runtime::v1::*;

revision! {
    revision: "f4",
    down_revision: "f3",
    created: "2026-01-01T00:00:04Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_index(Index::new("accounts_currency", "accounts", "currency"))?;
    super::record_run(op.connection(), "f4")?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_index("accounts", "accounts_currency")
}
