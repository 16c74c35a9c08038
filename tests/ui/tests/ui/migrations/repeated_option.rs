//! Of two values one would be lost.

#[path = "repeated_option/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
