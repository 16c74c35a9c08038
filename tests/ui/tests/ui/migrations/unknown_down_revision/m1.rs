//! Revision 9f8e7d6c5b4a.

use migrate_runtime::v1::*;

revision! {
    revision: "9f8e7d6c5b4a",
    down_revision: None,
    created: "2026-11-21T09:15:00Z",
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
