//! Each key has its form; all invalid ones are reported together.

#[path = "wrong_values/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
