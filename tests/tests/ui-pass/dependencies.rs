//! A dependency across lines, and one on an ancestor.

#[path = "dependencies/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (4, 1));
}
