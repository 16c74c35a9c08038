//! Of two values one would be lost.

#[path = "repeated_key/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
