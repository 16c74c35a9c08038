//! All errors are reported in one build, each in its file.

#[path = "several_mistakes/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
