//! Databases have the revision: without its file it cannot be downgraded.

#[path = "frozen_missing/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
