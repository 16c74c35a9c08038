//! A key that is like no other gets the list of those there are.

#[path = "unknown_key_like_no_other/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
