//! Add the currency.

use migrate_runtime::v1::*;

revision! {
    revision: "f2",
    down_revision: "f1",
    created: "2026-01-01T00:00:02Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.add_column("accounts", Column::new("currency", Varchar(3)))?;
    op.execute("UPDATE accounts SET currency = 'EUR'")?;
    super::record_run(op.connection(), "f2")?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_column("accounts", "currency")
}
