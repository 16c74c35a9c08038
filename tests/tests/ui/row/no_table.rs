//! Nothing else says which table the rows are of.

use migrate_runtime::v1::*;

#[derive(Row)]
struct User {
    id: i64,
}

fn main() {}
