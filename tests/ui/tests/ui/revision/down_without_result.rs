//! Errors would be lost.

#[path = "down_without_result/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
