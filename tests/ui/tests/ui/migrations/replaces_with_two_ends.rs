//! A later revision must follow all of it.

#[path = "replaces_with_two_ends/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
