//! Add private locations.

use migrate_runtime::v1::*;

revision! {
    revision: "add_private_locations",
    down_revision: "k2l3m4n5o6p7",
    created: "2025-08-23T11:17:42Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.alter_table("locations", |t| {
        t.add_column(Column::new("is_private", Boolean).default(false));
        t.add_column(Column::new("password", Type::custom("VARCHAR")));
    })?;
    op.create_index(Index::new(
        "ix_locations_is_private",
        "locations",
        "is_private",
    ))?;
    op.add_column(
        "subscriptions",
        Column::new("is_private", Boolean).default(false),
    )?;
    op.create_index(Index::new(
        "ix_subscriptions_is_private",
        "subscriptions",
        "is_private",
    ))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("subscriptions", "ix_subscriptions_is_private")?;
    op.drop_column("subscriptions", "is_private")?;
    op.drop_index("locations", "ix_locations_is_private")?;
    op.alter_table("locations", |t| {
        t.drop_column("password");
        t.drop_column("is_private");
    })
}
