//! The shortest circle of dependencies.

#[path = "depends_on_itself/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
