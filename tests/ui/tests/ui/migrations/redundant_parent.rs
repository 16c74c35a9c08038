//! A merge with an ancestor of its other parent joins nothing.

#[path = "redundant_parent/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
