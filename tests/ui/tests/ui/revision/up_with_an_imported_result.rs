//! `Result` is another type here. Only the type checker can decide, so the compiler reports it at the header.

#[path = "up_with_an_imported_result/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
