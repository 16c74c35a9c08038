//! Without a key rows cannot be distinguished.

use migrate_runtime::v1::*;

#[derive(Row)]
#[row(table = "users")]
struct User {
    email: String,
}

fn main() {}
