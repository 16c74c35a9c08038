//! Ensure the subscription address of a server.

use migrate_runtime::v1::*;

revision! {
    revision: "2bf96a8861f4",
    down_revision: "d4e5f6a7b8c9",
    created: "2025-05-12T06:18:53Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column_if_not_exists(
        "servers",
        Column::new("subscription_url", Type::custom("VARCHAR")),
    )
}

/// The column belongs to the revision before; a repaired one stays.
pub fn down(_op: &mut Op<impl Backend>) -> Result<()> {
    Ok(())
}
