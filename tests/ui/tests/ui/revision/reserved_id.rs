//! `upgrade head` must go on meaning the newest revision.

#[path = "reserved_id/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
