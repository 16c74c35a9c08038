//! Without the files, the last one is where links to the range lead.

#[path = "replaces_end_not_last/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
