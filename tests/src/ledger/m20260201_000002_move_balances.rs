//! Move balances to a ledger.

use migrate_runtime::v1::*;

revision! {
    revision: "p2",
    down_revision: "p1",
    created: "2026-02-01T00:00:02Z",
}

pub fn up(op: &mut Op<Postgres>) -> Result<()> {
    op.create_table("ledger", |t| {
        t.column(
            Column::new("account_id", Integer)
                .not_null()
                .references(ForeignKey::to("accounts", "id")),
        );
        t.column(Column::new("amount", BigInt).not_null());
    })?;
    op.execute("INSERT INTO ledger (account_id, amount) SELECT id, balance FROM accounts; UPDATE accounts SET balance = 0")?;
    super::fault(op.connection())?;
    super::record_run(op.connection(), "p2")?;
    Ok(())
}

pub fn down(op: &mut Op<Postgres>) -> Result<()> {
    op.execute("UPDATE accounts SET balance = amount FROM ledger WHERE account_id = id")?;
    op.execute("DELETE FROM ledger; DELETE FROM runs WHERE revision = 'p2'")?;
    op.drop_table("ledger")
}
