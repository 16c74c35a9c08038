//! Split the names of customers. The full names remain until no older program reads them.

use crate::customers;
use migrate_runtime::v1::*;
use migrate_sqlx::{BlockOn, Postgres};

revision! {
    revision: "c3d8a1e640b7",
    down_revision: "20240118101000",
    created: "2026-12-01T14:10:00Z",
}

pub fn up(op: &mut Op<Postgres>) -> Result<()> {
    op.add_column(
        "customers",
        Column::new("given_name", Text).not_null().default(""),
    )?;
    op.add_column(
        "customers",
        Column::new("family_name", Text).not_null().default(""),
    )?;
    op.block_on(customers::split_names).map(drop)
}

pub fn down(op: &mut Op<Postgres>) -> Result<()> {
    op.drop_column("customers", "family_name")?;
    op.drop_column("customers", "given_name")
}
