//! Carriage returns at line ends, as git may check files out.

#[path = "crlf/mod.rs"]
mod migrations;

fn main() {
    let graph = migrations::migrations().graph().unwrap();
    assert_eq!((graph.len(), graph.heads().count()), (2, 1));
}
