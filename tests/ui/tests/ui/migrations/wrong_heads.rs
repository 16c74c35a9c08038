//! Heads are one or many.

#[path = "wrong_heads/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
