//! `Result` is another one here. Only types tell, so the compiler does, at the header.

#[path = "up_with_an_imported_result/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
