//! Databases have the revision: without its file nobody could take it back.

#[path = "frozen_missing/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
