//! Frozen revisions as they were, one reformatted, one edited on purpose, and one that is not released yet.

#[path = "frozen/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
