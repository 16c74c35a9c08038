//! A file that no `mod` line names would never run. Its own errors are reported too.

#[path = "unlisted_file/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
