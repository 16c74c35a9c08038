//! Add the address that a server serves subscriptions at.

use migrate_runtime::v1::*;

revision! {
    revision: "add_sub_url_servers_2025",
    down_revision: "payment_fields_servers_2025",
    created: "2025-11-08T14:19:37Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("servers", Column::new("sub_url", Type::custom("VARCHAR")))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "sub_url")
}
