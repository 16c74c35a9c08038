//! A key that headers don't have may be a misspelling, and then its value would be lost.

#[path = "unknown_key/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
