//! A type that there is not: the compiler tells, at the token.

#[path = "unknown_backend/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
