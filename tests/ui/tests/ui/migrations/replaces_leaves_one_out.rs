//! A revision in between would have nothing to follow.

#[path = "replaces_leaves_one_out/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
