//! A name that no database keeps.

use migrate_runtime::Model;

#[derive(Model)]
#[model(table = "", schema = "")]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(column = "a_very_long_name_that_goes_on_and_on_until_no_database_would_keep_it")]
    email: String,
    #[model(unique(name = " x"), renamed_from = name)]
    name: String,
}

fn main() {}
