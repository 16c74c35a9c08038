//! Targets such as `b-2` mean something else than an id.

#[path = "bad_id/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
