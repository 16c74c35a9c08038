//! Nothing in a circle can be applied first.

#[path = "cycle_of_down_revisions/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
