//! A revision can't replace itself.

#[path = "replaces_itself/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
