//! Pairs are written with `=`.

#[path = "option_syntax/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
