//! Add the panel's id of a subscription.

use migrate_runtime::v1::*;

revision! {
    revision: "j1k2l3m4n5o6",
    down_revision: "i0j1k2l3m4n5",
    created: "2025-08-09T07:29:18Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "subscriptions",
        Column::new("sub_id", Type::custom("VARCHAR")),
    )?;
    op.create_index(Index::new(
        "ix_subscriptions_sub_id",
        "subscriptions",
        "sub_id",
    ))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("subscriptions", "ix_subscriptions_sub_id")?;
    op.drop_column("subscriptions", "sub_id")
}
