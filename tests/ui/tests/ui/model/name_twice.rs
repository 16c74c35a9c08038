//! Two things of one name.

use migrate_runtime::Model;

#[derive(Model)]
#[model(unique(email, name = "one"), check("email <> ''", name = "one"))]
struct User {
    #[model(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
