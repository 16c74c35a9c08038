//! Without `op` a revision can do nothing.

#[path = "up_without_parameter/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
