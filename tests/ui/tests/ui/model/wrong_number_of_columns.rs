//! A foreign key has as many columns as it references.

use migrate_runtime::Model;

#[derive(Model)]
#[model(primary_key(user, kind))]
struct Member {
    user: i64,
    kind: i64,
}

#[derive(Model)]
#[model(foreign_key(a, b, references(Member(user))))]
struct Note {
    #[model(primary_key)]
    id: i64,
    #[model(references(Member))]
    a: i64,
    b: i64,
}

fn main() {}
