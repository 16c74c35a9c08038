//! Add the panel's subscription id of a user.

use migrate_runtime::v1::*;

revision! {
    revision: "g8h9i0j1k2l3",
    down_revision: "f7g8h9i0j1k2",
    created: "2025-07-19T19:04:40Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column("users", Column::new("sub_id", Type::custom("VARCHAR")))?;
    op.create_index(Index::new("ix_users_sub_id", "users", "sub_id"))
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_index("users", "ix_users_sub_id")?;
    op.drop_column("users", "sub_id")
}
