//! A revision says how to bring the database back, or that it can't.

#[path = "missing_down/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
