//! A dependency on nothing; an id that is close is what was meant.

#[path = "unknown_depends_on_near/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
