//! A type that does not exist: the compiler reports it at the token.

#[path = "unknown_backend/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
