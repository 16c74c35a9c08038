//! Revision b2.

use migrate_runtime::v1::*;

revision! {
    revision: "b2",
    down_revision: "a1",
    created: "2026-11-22T09:15:00Z",
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
