//! The column could not be set to NULL.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(references(User, on_delete = set_null))]
    boss: i64,
}

fn main() {}
