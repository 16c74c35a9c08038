//! A base has `None`; a missing key may be an oversight.

#[path = "missing_down_revision/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
