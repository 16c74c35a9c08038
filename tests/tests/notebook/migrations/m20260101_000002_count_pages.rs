//! Count pages.

use crate::backend::Notebook;
use migrate_runtime::v1::*;

revision! {
    revision: "two",
    down_revision: "one",
    created: "2026-01-01T00:00:02Z",
}

pub fn up(op: &mut Op<Notebook>) -> Result<()> {
    op.add_column("books", Column::new("pages", Integer))?;
    let rows = op.query("SELECT count(*) FROM \"books\"", &[])?;
    // Books that are there are to be found quickly, which asks too much of a notebook.
    if rows[0][0].as_i64() > Some(0) {
        op.create_index(Index::new("ix_books_pages", "books", "pages"))?;
    }
    Ok(())
}

pub fn down(op: &mut Op<Notebook>) -> Result<()> {
    op.drop_column("books", "pages")
}
