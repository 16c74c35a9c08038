//! Add the unique name of a subscription's location.

use migrate_runtime::v1::*;

revision! {
    revision: "k2l3m4n5o6p7",
    down_revision: "j1k2l3m4n5o6",
    created: "2025-08-16T20:45:03Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "subscriptions",
        Column::new("location_unique_name", Type::custom("VARCHAR")),
    )?;
    op.create_index(Index::new(
        "ix_subscriptions_location_unique_name",
        "subscriptions",
        "location_unique_name",
    ))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("subscriptions", "ix_subscriptions_location_unique_name")?;
    op.drop_column("subscriptions", "location_unique_name")
}
