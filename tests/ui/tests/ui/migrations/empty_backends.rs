//! A history is for at least one backend.

#[path = "empty_backends/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
