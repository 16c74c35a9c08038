//! A header in another module belongs to no file.

#[path = "nested_header/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
