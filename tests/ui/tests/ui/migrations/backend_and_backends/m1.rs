//! Revision a1.

use migrate_runtime::v1::*;

revision! {
    revision: "a1",
    down_revision: None,
    created: "2026-11-21T09:15:00Z",
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
