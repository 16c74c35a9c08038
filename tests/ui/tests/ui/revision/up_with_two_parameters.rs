//! `up` gets the operations and nothing else.

#[path = "up_with_two_parameters/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
