//! Without a key no row is told from another.

use migrate_runtime::v1::*;

#[derive(Row)]
#[row(table = "users")]
struct User {
    email: String,
}

fn main() {}
