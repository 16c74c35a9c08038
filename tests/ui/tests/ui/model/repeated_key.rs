//! Only one of two values can be meant.

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = "users")]
#[model(table = "people")]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(length = 10, length = 20)]
    email: String,
}

fn main() {}
