//! Pairs are separated by commas.

#[path = "syntax/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
