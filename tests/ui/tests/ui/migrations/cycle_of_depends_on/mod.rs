//! Schema revisions, oldest first.

mod m1;
mod m2;
mod m3;

migrate_runtime::migrations!(backend = Sqlite);
