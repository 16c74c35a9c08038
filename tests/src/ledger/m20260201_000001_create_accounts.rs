//! Create accounts.

use migrate_runtime::v1::*;

revision! {
    revision: "p1",
    down_revision: None,
    created: "2026-02-01T00:00:01Z",
}

pub fn up(op: &mut Op<Postgres>) -> Result<()> {
    op.create_table("runs", |t| {
        t.column(Column::new("revision", Varchar(64)).not_null())
    })?;
    op.create_table("accounts", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(Column::new("owner", Varchar(80)).not_null());
        t.column(Column::new("balance", BigInt).not_null().default(0));
    })?;
    for owner in ["ada", "grace", "linus"] {
        op.execute_with(
            "INSERT INTO accounts (owner, balance) VALUES (?1, ?2)",
            &params![owner, 1_000],
        )?;
    }
    Ok(super::record_run(op.connection(), "p1")?)
}

pub fn down(op: &mut Op<Postgres>) -> Result<()> {
    op.drop_table("accounts")?;
    op.drop_table("runs")
}
