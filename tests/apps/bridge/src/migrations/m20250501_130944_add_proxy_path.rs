//! Add the proxy path of a server.

use migrate_runtime::v1::*;

revision! {
    revision: "c3d4e5f6a7b8",
    down_revision: "b2c3d4e5f6a7",
    created: "2025-05-01T13:09:44Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "servers",
        Column::new("proxy_path", Type::custom("VARCHAR")),
    )
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "proxy_path")
}
