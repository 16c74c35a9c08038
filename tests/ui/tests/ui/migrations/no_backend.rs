//! Each database has its own types.

#[path = "no_backend/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
