//! A revision is there always, or databases would differ by how the program was built.

#[path = "conditional_mod_line/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
