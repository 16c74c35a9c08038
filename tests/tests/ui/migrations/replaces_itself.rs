//! A revision can't stand for itself.

#[path = "replaces_itself/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
