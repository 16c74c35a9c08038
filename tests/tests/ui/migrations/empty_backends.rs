//! A chain is for one backend at least.

#[path = "empty_backends/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
