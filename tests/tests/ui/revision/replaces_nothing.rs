//! A list without revisions says nothing.

#[path = "replaces_nothing/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
