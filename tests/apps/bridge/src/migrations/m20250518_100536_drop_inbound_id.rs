//! Drop the inbound of a server.

use migrate_runtime::v1::*;

revision! {
    revision: "100052660595",
    down_revision: "3f18fc961ae9",
    created: "2025-05-18T10:05:36Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "inbound_id")
}

/// The inbounds are lost: each server gets the first one, as when the column was new.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "servers",
        Column::new("inbound_id", Integer).not_null().default(1),
    )
}
