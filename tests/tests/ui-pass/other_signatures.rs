//! Other visibilities, attributes and lifetimes.

#[path = "other_signatures/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (2, 1));
}
