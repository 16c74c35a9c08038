//! A list without revisions has no effect.

#[path = "replaces_nothing/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
