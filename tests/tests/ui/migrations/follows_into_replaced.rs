//! A database that took the squash was never at the place this one follows.

#[path = "follows_into_replaced/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
