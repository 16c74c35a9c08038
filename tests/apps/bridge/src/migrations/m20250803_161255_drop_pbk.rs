//! Drop the public key of a server.

use crate::columns::move_to_end;
use migrate_runtime::v1::*;

revision! {
    revision: "i0j1k2l3m4n5",
    down_revision: "h9i0j1k2l3m4",
    created: "2025-08-03T16:12:55Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "pbk")
}

/// The keys are lost: the column comes back empty.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("servers", Column::new("pbk", Type::custom("VARCHAR")))?;
    move_to_end(op, "servers", [Column::new("ssl_certificate", Text)])
}
