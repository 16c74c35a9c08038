//! `billing@head` must mean one line.

#[path = "duplicate_label/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
