//! An attribute without options.

use migrate_runtime::Model;

#[derive(Model)]
#[model]
#[model = "users"]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(unique = true, index = "ix")]
    email: String,
    #[model(check = "", "x")]
    name: String,
}

fn main() {}
