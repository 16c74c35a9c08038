//! Only the type checker can decide, so the compiler reports it at the header.

#[path = "../second_backend.rs"]
mod second_backend;

#[path = "up_for_an_alias_of_one_of_two_backends/mod.rs"]
mod migrations;

use migrate_runtime::v1::Sqlite;
use second_backend::Second;

fn main() {
    migrations::migrations::<Sqlite>();
    migrations::migrations::<Second>();
}
