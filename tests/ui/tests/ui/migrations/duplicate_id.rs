//! Alembic warns and continues with one of the two.

#[path = "duplicate_id/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
