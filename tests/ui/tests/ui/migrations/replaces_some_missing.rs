//! A database with some of a range could neither go on nor back.

#[path = "replaces_some_missing/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
