//! Revision b2.

use migrate_runtime::v1::*;

revision! {
    revision: "b2",
    down_revision: "a1",
    created: "2026-11-23T09:15:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.add_column("users", Column::new("locale", Text).not_null())?;
    op.alter_table("users", |t| {
        t.add_column(Column::new("zone", Text).not_null().unique());
    })?;
    // An assumption about an existing table does not apply to a new one.
    op.create_table("rooms", |t| t.column(Column::new("name", Text).fill("'x'")))
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
