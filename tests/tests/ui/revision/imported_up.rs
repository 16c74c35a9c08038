//! Only what stands in the file itself is hashed, so `up` can't come from elsewhere.

#[path = "imported_up/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
