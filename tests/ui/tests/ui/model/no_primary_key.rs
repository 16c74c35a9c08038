//! A table without a key is rarely meant.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    id: i64,
}

fn main() {}
