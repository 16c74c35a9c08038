//! Index accounts without stopping their writers.

use migrate_runtime::v1::*;

revision! {
    revision: "p3",
    down_revision: "p2",
    transaction: false,
    created: "2026-02-01T00:00:03Z",
}

pub fn up(op: &mut Op<Postgres>) -> Result<()> {
    op.create_index_concurrently(Index::new("accounts_owner", "accounts", "owner").unique())
}

pub fn down(op: &mut Op<Postgres>) -> Result<()> {
    op.drop_index_concurrently("accounts", "accounts_owner")
}
