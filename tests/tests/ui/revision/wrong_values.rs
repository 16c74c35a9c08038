//! Each key has its form; all that are wrong are told at once.

#[path = "wrong_values/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
