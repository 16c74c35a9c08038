//! A file's name means nothing to the chain; a keyword is one too.

#[path = "renamed_file/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (2, 1));
}
