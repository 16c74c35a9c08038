//! Some databases cut longer names, and two tables would be one.

#[path = "bad_version_table/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
