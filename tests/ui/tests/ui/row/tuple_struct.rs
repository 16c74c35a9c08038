//! Columns have names, so fields have them too.

use migrate_runtime::v1::*;

#[derive(Row)]
#[row(table = "users", key = "id")]
struct User(i64);

fn main() {}
