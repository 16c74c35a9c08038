//! A rename from nowhere.

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = "users", was = "users")]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(was = "email")]
    email: String,
    #[model(was = "id")]
    number: i64,
    #[model(was = "old")]
    a: i64,
    #[model(was = "old")]
    b: i64,
}

fn main() {}
