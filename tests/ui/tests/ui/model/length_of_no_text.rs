//! Only text has a length.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(length = 20)]
    age: i32,
    #[model(length = 0)]
    name: String,
}

fn main() {}
