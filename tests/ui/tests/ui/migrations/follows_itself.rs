//! The shortest circle.

#[path = "follows_itself/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
