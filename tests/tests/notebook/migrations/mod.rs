//! Two revisions for a notebook.

mod m20260101_000001_create_books;
mod m20260101_000002_count_pages;

migrate_runtime::migrations!(backend = crate::backend::Notebook);
