//! Create notes.

use migrate_runtime::v1::*;

revision! {
    revision: "p4",
    down_revision: "p3",
    created: "2026-02-01T00:00:04Z",
}

pub fn up(op: &mut Op<Postgres>) -> Result<()> {
    op.create_table("notes", |t| t.column(Column::new("body", Text)))?;
    Ok(super::record_run(op.connection(), "p4")?)
}

pub fn down(op: &mut Op<Postgres>) -> Result<()> {
    op.execute("DELETE FROM runs WHERE revision = 'p4'")?;
    op.drop_table("notes")
}
