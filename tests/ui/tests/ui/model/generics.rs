//! A table has no parameters.

use migrate_runtime::Model;

#[derive(Model)]
struct User<'a, T> {
    #[model(primary_key)]
    id: i64,
    name: &'a str,
    more: T,
}

fn main() {}
