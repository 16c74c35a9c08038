//! Of two revisions that replace one, a database could take both.

#[path = "replaces_twice/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
