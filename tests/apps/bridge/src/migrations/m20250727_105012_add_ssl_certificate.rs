//! Add the certificate of a server.

use migrate_runtime::v1::*;

revision! {
    revision: "h9i0j1k2l3m4",
    down_revision: "g8h9i0j1k2l3",
    created: "2025-07-27T10:50:12Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("servers", Column::new("ssl_certificate", Text))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "ssl_certificate")
}
