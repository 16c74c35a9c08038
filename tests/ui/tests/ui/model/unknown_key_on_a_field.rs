//! A misspelled key would be lost.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(uniqe, nullable = true)]
    email: String,
}

fn main() {}
