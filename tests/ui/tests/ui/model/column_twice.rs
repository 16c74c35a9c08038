//! Two fields for one column.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    email: String,
    #[model(column = "Email")]
    mail: String,
}

fn main() {}
