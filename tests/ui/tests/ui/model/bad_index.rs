//! An option that an index does not have.

use migrate_runtime::Model;

#[derive(Model)]
#[model(index(email upwards), index(), index(email, predicat = "x"), index(email, nulls = not_distinct))]
#[model(index(email prefix_length 0), unique(email desc), index(email collate NOCASE))]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(index(name))]
    email: String,
}

fn main() {}
