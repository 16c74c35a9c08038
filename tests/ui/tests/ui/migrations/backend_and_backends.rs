//! One form or the other.

#[path = "backend_and_backends/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
