//! A column that refuses NULL is added to a table that may have rows, and has no value for them.

#[path = "not_null_without_a_value/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
