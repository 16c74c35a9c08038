//! A file's name has no meaning for the history; it can be a keyword.

#[path = "renamed_file/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (2, 1));
}
