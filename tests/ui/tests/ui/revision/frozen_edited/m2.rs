//! Revision 2.

use migrate_runtime::v1::*;

revision! {
    revision: "a2",
    down_revision: "a1",
    created: "2026-11-22T09:15:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("t2", |t| t.column(Column::new("id", BigInt)))
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("t2")
}
