//! Revision b2.

use migrate_runtime::v1::*;

revision! {
    revision: ["b2"],
    down_revision: [],
    branch_labels: billing,
    depends_on: 7,
    transaction: "no",
    created: 2026,
}

pub fn up(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

pub fn down(_op: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}
