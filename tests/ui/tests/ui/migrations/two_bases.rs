//! A second base is more often a forgotten link than a second line.

#[path = "two_bases/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
