//! Revisions that nothing takes would never run.

#[path = "no_migrations/mod.rs"]
mod migrations;

fn main() {}
