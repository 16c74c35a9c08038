//! Revision c3.

use migrate_runtime::v1::*;

revision! {
    revision: "c3",
    down_revision: None,
    replaces: ["a1", "x9", "b2"],
    created: "2026-11-23T09:15:00Z",
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
