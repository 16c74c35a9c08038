//! A generated column has an expression.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(generated(stored))]
    a: String,
    #[model(generated("lower(a)", sometimes))]
    b: String,
    #[model(generated)]
    c: String,
}

fn main() {}
