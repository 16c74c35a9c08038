//! A dependency on nothing; no id is close.

#[path = "unknown_depends_on/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
