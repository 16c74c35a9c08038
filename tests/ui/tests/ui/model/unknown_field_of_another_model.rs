//! The other end of a foreign key has to be a column.

use migrate_runtime::Model;

#[derive(Model)]
struct Team {
    #[model(primary_key)]
    id: i64,
    #[model(skip)]
    cache: Vec<u8>,
}

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(references(Team(idd)))]
    team_id: i64,
    #[model(references(Team(cache)))]
    other_id: i64,
}

fn main() {}
