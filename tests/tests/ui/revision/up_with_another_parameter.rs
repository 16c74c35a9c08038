//! `up` gets the operations. Only types tell, so the compiler does, at the header.

#[path = "up_with_another_parameter/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
