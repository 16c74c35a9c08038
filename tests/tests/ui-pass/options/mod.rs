//! Schema revisions, oldest first.

mod m1;

migrate_runtime::migrations!(
    backends = [migrate_runtime::v1::Sqlite],
    heads = one,
    version_table = "app_revisions",
);
