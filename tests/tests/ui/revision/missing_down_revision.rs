//! A base says so with `None`; saying nothing may be forgetfulness.

#[path = "missing_down_revision/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
