//! A value that `up` returns would be lost. Only types tell, so the compiler does, at the header.

#[path = "up_with_another_result/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
