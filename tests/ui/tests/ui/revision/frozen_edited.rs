//! Databases have the revision as it was: an edit would never reach them.

#[path = "frozen_edited/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
