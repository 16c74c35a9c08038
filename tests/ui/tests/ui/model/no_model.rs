//! A foreign key references a model, or a table in quotes.

use migrate_runtime::Model;

struct Team;

#[derive(Model)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(references(Team))]
    team_id: i64,
    #[model(references("teams"))]
    other_id: i64,
    #[model(references)]
    third_id: i64,
}

fn main() {}
