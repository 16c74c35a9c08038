//! What a merge left in the file can not be passed over.

#[path = "frozen_line/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
