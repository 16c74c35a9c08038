//! A revision defines its downgrade, or that it is irreversible.

#[path = "missing_down/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
