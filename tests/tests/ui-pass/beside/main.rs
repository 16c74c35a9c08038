//! The module file may be beside its directory.

mod migrations;

fn main() {
    assert_eq!(migrations::migrations().graph().unwrap().len(), 2);
}
