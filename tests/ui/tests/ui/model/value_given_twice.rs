//! Only one thing can give a column its value.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key, identity, default = 7)]
    id: i64,
    #[model(default = "x", generated = "lower(email)")]
    email: String,
    #[model(type = "VARCHAR(20)", length = 20)]
    name: String,
}

fn main() {}
