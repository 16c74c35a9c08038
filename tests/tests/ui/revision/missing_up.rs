//! A revision says how to bring the database up.

#[path = "missing_up/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
