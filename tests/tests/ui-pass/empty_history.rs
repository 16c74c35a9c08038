//! A history before its first revision, with a helper beside it.

#[path = "empty_history/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (0, 0));
}
