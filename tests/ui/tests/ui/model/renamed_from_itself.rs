//! A rename from nowhere.

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = "users", renamed_from = "users")]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(renamed_from = "email")]
    email: String,
    #[model(renamed_from = "id")]
    number: i64,
    #[model(renamed_from = "old")]
    a: i64,
    #[model(renamed_from = "old")]
    b: i64,
}

fn main() {}
