//! Each backend has connections of a type of its own, and so a function of its own.

#[path = "hooks_and_backends/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
