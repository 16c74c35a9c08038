//! A backend is a type.

#[path = "wrong_backend/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
