//! A default that is none.

use migrate_runtime::Model;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(default = [1, 2])]
    a: i64,
    #[model(default)]
    b: i64,
    #[model(default = sql("now()"))]
    c: String,
    #[model(default = None)]
    d: Option<i64>,
    #[model(default = b"x")]
    e: Vec<u8>,
    #[model(default = 99999999999999999999)]
    f: i64,
    #[model(default = expr(""))]
    g: String,
}

fn main() {}
