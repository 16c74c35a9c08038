//! A column has only one NULL. (The compiler reports it where the type is used.)

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(length = 3)]
    name: Option<Option<String>>,
}

fn main() {}
