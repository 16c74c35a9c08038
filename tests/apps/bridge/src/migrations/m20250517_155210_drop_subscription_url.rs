//! Drop the subscription address of a server.

use migrate_runtime::v1::*;

revision! {
    revision: "3f18fc961ae9",
    down_revision: "2bf96a8861f4",
    created: "2025-05-17T15:52:10Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("servers", "subscription_url")?;
    op.drop_index("subscriptions", "ix_subscriptions_user_server")
}

/// The addresses are lost: the column comes back empty.
pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.create_index(Index::new(
        "ix_subscriptions_user_server",
        "subscriptions",
        ["user_id", "server_id"],
    ))?;
    op.add_column(
        "servers",
        Column::new("subscription_url", Type::custom("VARCHAR")),
    )
}
