//! Links hold ids, and ids have only letters, digits and underscores.

#[path = "bad_id_in_a_link/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
