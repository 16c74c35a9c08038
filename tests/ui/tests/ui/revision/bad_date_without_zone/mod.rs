//! Schema revisions, oldest first.

mod m1;
mod m2;

migrate_runtime::migrations!(backend = Sqlite);
