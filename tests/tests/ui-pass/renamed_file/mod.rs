//! Schema revisions, oldest first.

mod anything_at_all;
pub(crate) mod r#type;

migrate_runtime::migrations!(backend = Sqlite);
