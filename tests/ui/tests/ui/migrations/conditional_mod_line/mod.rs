//! Schema revisions, oldest first.

mod m1;
#[cfg(test)]
mod m2;

migrate_runtime::migrations!(backend = Sqlite);
