//! index tags

use migrate_runtime::v1::*;

revision! {
    revision: "20240118101000",
    down_revision: "20231004141500",
    created: "2024-01-18T10:10:00Z",
}

pub fn up(op: &mut Op<migrate_sqlx::Postgres>) -> Result<()> {
    op.execute("CREATE INDEX tickets_tags ON tickets USING gin (tags);")
}

pub fn down(op: &mut Op<migrate_sqlx::Postgres>) -> Result<()> {
    op.execute("DROP INDEX tickets_tags;")
}
