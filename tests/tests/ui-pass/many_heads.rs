//! Two heads, allowed.

#[path = "many_heads/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (3, 2));
}
