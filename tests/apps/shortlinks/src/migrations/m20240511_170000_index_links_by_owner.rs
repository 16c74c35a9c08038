//! index links by owner

use migrate_runtime::v1::*;

revision! {
    revision: "20240511170000",
    down_revision: "20240402083000",
    created: "2024-05-11T17:00:00Z",
}

pub fn up(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute(
        "CREATE INDEX links_by_owner ON links (owner_id, created_at DESC) WHERE owner_id IS NOT NULL;",
    )
}

pub fn down(op: &mut Op<migrate_sqlx::Sqlite>) -> Result<()> {
    op.execute("DROP INDEX links_by_owner;")
}
