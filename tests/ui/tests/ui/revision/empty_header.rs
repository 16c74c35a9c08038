//! A header has three keys at least.

#[path = "empty_header/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
