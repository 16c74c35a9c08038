//! `a1` must mean one thing.

#[path = "label_is_an_id/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
