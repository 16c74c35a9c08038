//! Of two revisions that stand for one, a database could take both.

#[path = "replaces_twice/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
