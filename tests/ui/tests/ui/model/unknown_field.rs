//! A key, an index or a constraint over no column.

use migrate_runtime::Model;

#[derive(Model)]
#[model(primary_key(idd), unique(emial, email), index(name, email desc, include(age)), foreign_key(team, references(User(id))))]
struct User {
    id: i64,
    email: String,
}

fn main() {}
