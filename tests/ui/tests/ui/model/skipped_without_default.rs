//! A row that is read has to give the field a value.

use migrate_runtime::Model;

struct Cache;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(skip)]
    cache: Cache,
}

fn main() {}
