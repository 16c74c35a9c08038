//! The squash must begin where the range begins.

#[path = "replaces_after_another/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
