//! Add the host of each link.

use crate::links;
use migrate_runtime::v1::*;
use migrate_sqlx::{BlockOn, Sqlite};

revision! {
    revision: "5b1f0c7d92ea",
    down_revision: "20240511170000",
    created: "2026-12-01T14:00:00Z",
}

pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    op.add_column("links", Column::new("host", Text).not_null().default(""))?;
    op.block_on(links::fill_hosts)?;
    op.create_index(Index::new("links_by_host", "links", ["host"]))
}

pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_index("links", "links_by_host")?;
    op.drop_column("links", "host")
}
