//! Schema revisions, oldest first.

mod m1;

#[allow(dead_code)]
fn newer() {
    #[path = "m2.rs"]
    mod m2;
}

migrate_runtime::migrations!(backend = Sqlite);
