//! A row is kept while others are read, so it owns what it holds.

use migrate_runtime::v1::*;

#[derive(Row)]
#[row(table = "users", key = "id")]
struct User<'a> {
    id: &'a str,
}

fn main() {}
