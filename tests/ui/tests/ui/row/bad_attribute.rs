//! Each error of an attribute is at its token, and all are reported in one build.

use migrate_runtime::v1::*;

#[derive(Row)]
#[row(tabel = "users", table = "users", table = "people", key = id)]
struct User {
    #[row(name = "e_mail")]
    email: String,
    #[row(column = "id")]
    number: i64,
    id: i64,
    #[row(column)]
    note: String,
}

fn main() {}
