//! Without an id nothing can follow the revision, and the version table can't name it.

#[path = "missing_revision/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
