//! Two lines with a base each, named, and joined.

#[path = "labels/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (3, 1));
}
