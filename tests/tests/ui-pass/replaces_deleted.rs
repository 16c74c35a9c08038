//! A revision that replaces two, whose files were deleted; a link to the last of them refers to it.

#[path = "replaces_deleted/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!(graph.heads().next().unwrap().down_revisions[0].as_str(), "c3");
}
