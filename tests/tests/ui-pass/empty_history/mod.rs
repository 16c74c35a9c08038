//! Schema revisions, oldest first.

mod helpers;

migrate_runtime::migrations!(backend = Sqlite);
