//! Create accounts.

use migrate_runtime::v1::*;

revision! {
    revision: "f1",
    down_revision: None,
    created: "2026-01-01T00:00:01Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("runs", |t| {
        t.column(Column::new("revision", Text).not_null())
    })?;
    op.create_table("accounts", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("balance", Integer).not_null());
        t.primary_key("id");
    })?;
    for id in 1..=500 {
        op.execute_with(
            "INSERT INTO accounts (id, balance) VALUES (?1, 10)",
            &params![id],
        )?;
    }
    super::record_run(op.connection(), "f1")?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("accounts")?;
    op.drop_table("runs")
}
