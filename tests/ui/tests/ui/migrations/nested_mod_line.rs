//! A revision inside another item is out of reach.

#[path = "nested_mod_line/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
