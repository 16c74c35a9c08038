//! A revision that replaces two, whose files exist; what follows the last of them follows it.

#[path = "replaces/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    let ids: Vec<&str> = graph.iter().map(|revision| revision.id.as_str()).collect();
    assert_eq!(ids, ["c3", "d4"]);
}
