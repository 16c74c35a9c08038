//! Rows are found again by the columns of their key, so these are read too.

use migrate_runtime::v1::*;

#[derive(Row)]
#[row(table = "users", key = ["id", "tenant"])]
struct User {
    id: i64,
}

fn main() {}
