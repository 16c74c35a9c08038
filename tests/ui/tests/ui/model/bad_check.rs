//! A check has one condition, in quotes.

use migrate_runtime::Model;

#[derive(Model)]
#[model(check(age), check("age > 0", "age < 200"), check("a", nme = "ck"))]
struct User {
    #[model(primary_key)]
    id: i64,
    age: i32,
}

fn main() {}
