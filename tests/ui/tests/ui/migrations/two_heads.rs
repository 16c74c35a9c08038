//! Two people added a revision: the error at the newer head has the command that joins them.

#[path = "two_heads/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
