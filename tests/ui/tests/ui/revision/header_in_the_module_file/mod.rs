//! Schema revisions, oldest first.

use migrate_runtime::v1::*;

mod m1;

revision! {
    revision: "b2",
    down_revision: "a1",
    created: "2026-11-23T09:15:00Z",
}

migrate_runtime::migrations!(backend = Sqlite);
