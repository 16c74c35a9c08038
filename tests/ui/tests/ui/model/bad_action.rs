//! A value that is not a referential action.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(references(User, on_delete = cascde))]
    one: i64,
    #[model(references(User, on_delete = "SET NULL", on_updte = cascade))]
    two: Option<i64>,
    #[model(references(User, on_update = 7))]
    three: i64,
}

fn main() {}
