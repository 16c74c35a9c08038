//! One history for each backend.

#[path = "repeated_backend/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
