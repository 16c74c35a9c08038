//! A value that `up` returns would be lost. Only the type checker can decide, so the compiler reports it at the header.

#[path = "up_with_another_result/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
