//! The date orders revisions that no link orders.

#[path = "missing_created/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
