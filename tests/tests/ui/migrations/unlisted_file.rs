//! A file that no `mod` line names would never run. Its own mistakes are told too.

#[path = "unlisted_file/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
