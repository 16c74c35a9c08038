//! The module file lists revisions and is none.

#[path = "header_in_the_module_file/mod.rs"]
mod migrations;

fn main() {
    migrations::migrations();
}
