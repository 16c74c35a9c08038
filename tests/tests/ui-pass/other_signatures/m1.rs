//! Revision a1.

use migrate_runtime::v1::*;

revision! {
    revision: "a1",
    down_revision: None,
    created: "2026-11-21T09:15:00Z",
}

/// Docs.
#[inline]
pub(crate) fn up(_: &mut Op<'_, Sqlite>) -> Result<()> {
    Ok(())
}

pub(super) fn down(_op: &mut Op<Sqlite>,) -> Result<()> {
    Ok(())
}
