//! A revision defines its upgrade.

#[path = "missing_up/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
