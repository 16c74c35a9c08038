//! A field that is no column has no settings of one.

use migrate_runtime::Model;

#[derive(Model)]
#[model(unique(cache))]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(skip, unique)]
    cache: String,
}

fn main() {}
