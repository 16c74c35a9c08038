//! Without the files, links to the range refer to the last one.

#[path = "replaces_end_not_last/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
