//! Branches that are joined again, also three in one merge.

#[path = "merges/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (5, 1));
}
