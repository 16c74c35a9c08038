//! A merge of one revision with itself joins nothing.

#[path = "repeated_parent/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
