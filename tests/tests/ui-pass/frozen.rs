//! Frozen revisions as they were, one formatted anew, one edited on purpose, and one that is not released yet.

#[path = "frozen/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
