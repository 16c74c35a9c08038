//! Add the public key of a server.

use migrate_runtime::v1::*;

revision! {
    revision: "13355c746cc8",
    down_revision: "100052660595",
    created: "2025-05-24T21:27:49Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("servers", Column::new("pbk", Type::custom("VARCHAR")))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "pbk")
}
