//! A date without a zone means another instant elsewhere.

#[path = "bad_date_without_zone/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
