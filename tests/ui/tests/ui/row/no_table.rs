//! Nothing else names the table of the rows.

use migrate_runtime::v1::*;

#[derive(Row)]
struct User {
    id: i64,
}

fn main() {}
