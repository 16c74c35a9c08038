//! An unknown dependency; the help suggests a similar id.

#[path = "unknown_depends_on_near/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
