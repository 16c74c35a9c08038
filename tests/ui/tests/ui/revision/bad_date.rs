//! There is no 30th of February.

#[path = "bad_date/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
