//! Revision 1.

use migrate_runtime::v1::*;

revision! {
    revision: "a1",
    down_revision: None,
    created: "2026-11-21T09:15:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("t1", |t| t.column(Column::new("id", Integer)))
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("t1")
}
