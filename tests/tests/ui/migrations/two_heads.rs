//! Two people added a revision: the newer head says how to join them.

#[path = "two_heads/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
