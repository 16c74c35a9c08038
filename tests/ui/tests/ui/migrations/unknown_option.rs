//! A key that there is not.

#[path = "unknown_option/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
