//! `current@head` would be read in two ways.

#[path = "reserved_label/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
