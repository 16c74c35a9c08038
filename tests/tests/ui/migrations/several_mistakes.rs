//! Everything that is wrong is told in one build, each in its file.

#[path = "several_mistakes/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
