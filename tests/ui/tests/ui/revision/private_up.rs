//! `migrations!` calls the functions from outside of their module.

#[path = "private_up/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
