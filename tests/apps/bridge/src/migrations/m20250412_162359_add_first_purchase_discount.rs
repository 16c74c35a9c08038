//! Add the discount on a first purchase.

use crate::models::user;
use migrate_runtime::v1::*;

revision! {
    revision: "7102cbf958bc",
    down_revision: "c9cf92bee278",
    created: "2025-04-12T16:23:59Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "users",
        Column::new("used_first_purchase_discount", Boolean).default(false),
    )?;
    user::fill_used_first_purchase_discount(op)?;
    Ok(())
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("users", "used_first_purchase_discount")
}
