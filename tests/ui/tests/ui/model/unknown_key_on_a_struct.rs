//! A misspelled key would be lost.

use migrate_runtime::Model;

#[derive(Model)]
#[model(tabel = "users", zzz)]
struct User {
    #[model(primary_key)]
    id: i64,
}

fn main() {}
