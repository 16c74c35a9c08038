//! Revision b2.

use migrate_runtime::v1::*;

revision! {
    revision: "b2",
    down_revision: "9f8e7d6c5b4a",
    depends_on: ["9f8e7d6c5b4"],
    created: "2026-11-22T09:15:00Z",
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
