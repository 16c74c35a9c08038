//! An unknown link; the help suggests a similar id.

#[path = "unknown_down_revision_near/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
