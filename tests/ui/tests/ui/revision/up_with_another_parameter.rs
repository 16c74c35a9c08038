//! `up` gets the operations. Only the type checker can decide, so the compiler reports it at the header.

#[path = "up_with_another_parameter/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
