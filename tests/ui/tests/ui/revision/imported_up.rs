//! Only the file itself is hashed, so `up` can't be imported.

#[path = "imported_up/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
