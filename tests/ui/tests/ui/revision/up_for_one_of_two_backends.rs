//! A revision for one database only can't be in the other's history.

#[path = "../second_backend.rs"]
mod second_backend;

#[path = "up_for_one_of_two_backends/mod.rs"]
mod migrations;

use migrate_runtime::v1::Sqlite;
use second_backend::Second;

fn main() {
    migrations::migrations::<Sqlite>();
    migrations::migrations::<Second>();
}
