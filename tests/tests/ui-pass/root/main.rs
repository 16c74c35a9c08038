//! The crate's root may be the module file.

mod m1;
mod m2;

migrate_runtime::migrations!(backend = Sqlite);

fn main() {
    assert_eq!(migrations().graph().unwrap().len(), 2);
}
