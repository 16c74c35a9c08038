//! A revision is always included, or databases would differ by how the application was built.

#[path = "conditional_mod_line/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
