//! Dependencies are links too.

#[path = "cycle_of_depends_on/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
