//! Revision b2.

#[allow(unused_imports)]
use super::m1::up;
use migrate_runtime::v1::*;

revision! {
    revision: "b2",
    down_revision: "a1",
    created: "2026-11-23T09:15:00Z",
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
