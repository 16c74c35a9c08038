//! The value could not be kept in the column.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(default = "7")]
    age: i32,
    #[model(default = 1.5)]
    count: Option<i64>,
    #[model(default = 0)]
    active: bool,
    #[model(default = 7)]
    price: f64,
}

fn main() {}
