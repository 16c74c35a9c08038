//! Labels are typed in targets, as in `billing@head`.

#[path = "bad_label/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
