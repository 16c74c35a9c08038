//! Schema revisions, oldest first.

mod m1;

migrate_runtime::migrations!(backend = Sqlite);
