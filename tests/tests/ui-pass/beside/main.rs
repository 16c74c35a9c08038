//! The module file may stand beside its directory.

mod migrations;

fn main() {
    assert_eq!(migrations::migrations().graph().unwrap().len(), 2);
}
