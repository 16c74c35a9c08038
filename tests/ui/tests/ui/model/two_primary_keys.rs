//! A table has one primary key.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(primary_key)]
    email: String,
}

#[derive(Model)]
#[model(no_primary_key)]
struct Note {
    #[model(primary_key)]
    id: i64,
}

fn main() {}
