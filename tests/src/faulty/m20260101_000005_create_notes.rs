//! Create notes.

use migrate_runtime::v1::*;

revision! {
    revision: "f5",
    down_revision: "f4",
    created: "2026-01-01T00:00:05Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("notes", |t| t.column(Column::new("text", Text)))?;
    super::record_run(op.connection(), "f5")?;
    Ok(())
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("notes")
}
