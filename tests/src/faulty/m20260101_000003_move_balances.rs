//! Move balances to a ledger.

use migrate_runtime::v1::*;

revision! {
    revision: "f3",
    down_revision: "f2",
    created: "2026-01-01T00:00:03Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("ledger", |t| {
        t.column(Column::new("account_id", Integer).not_null());
        t.column(Column::new("amount", Integer).not_null());
        t.foreign_key("account_id", ForeignKey::to("accounts", "id"));
    })?;
    op.execute("INSERT INTO ledger (account_id, amount) SELECT id, balance FROM accounts")?;
    super::fault(op.connection())?;
    op.execute("UPDATE accounts SET balance = 0")?;
    super::record_run(op.connection(), "f3")?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.execute(
        "UPDATE accounts SET balance = (SELECT amount FROM ledger WHERE account_id = accounts.id)",
    )?;
    op.drop_table("ledger")
}
