//! A revision has a file of its own.

#[path = "second_header/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
