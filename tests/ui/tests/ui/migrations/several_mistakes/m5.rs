//! Revision e5.

use migrate_runtime::v1::*;

revision! {
    revision: "e5",
    down_revision: "d4",
    created: "2026-11-25T09:15:00Z",
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
