//! Create books.

use crate::backend::Notebook;
use migrate_runtime::v1::*;

revision! {
    revision: "one",
    down_revision: None,
    created: "2026-01-01T00:00:01Z",
}

pub fn up(op: &mut Op<Notebook>) -> Result<()> {
    op.create_table("books", |t| {
        t.column(Column::new("id", Integer).not_null());
        t.column(Column::new("title", Text));
    })
}

pub fn down(op: &mut Op<Notebook>) -> Result<()> {
    op.drop_table("books")
}
