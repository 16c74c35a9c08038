//! The history is for SQLite.

#[path = "up_for_another_backend/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
