//! Revisions run one after the other, without an executor of futures.

#[path = "async_up/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
