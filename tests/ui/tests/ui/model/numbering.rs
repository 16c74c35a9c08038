//! The database counts by one column, and on most by the key.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key, identity)]
    id: i64,
    #[model(identity = always)]
    other: i64,
}

#[derive(Model)]
struct Note {
    #[model(primary_key)]
    id: i64,
    #[model(autoincrement)]
    number: i64,
}

fn main() {}
