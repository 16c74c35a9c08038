//! A link to nowhere; an id that is close is what was meant.

#[path = "unknown_down_revision_near/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
