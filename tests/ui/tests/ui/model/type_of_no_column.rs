//! A field whose type is none of a column.

use migrate_runtime::Model;

struct Picture;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    picture: Picture,
    pictures: Option<Vec<Picture>>,
}

fn main() {}
