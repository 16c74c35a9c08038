//! Comments anywhere, also such as read like a header.

#[path = "comments/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (2, 1));
}
