//! A database that ran the squash was never at the revision that this one follows.

#[path = "follows_into_replaced/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
