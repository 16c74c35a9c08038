//! A link to nowhere; no id is close.

#[path = "unknown_down_revision/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
