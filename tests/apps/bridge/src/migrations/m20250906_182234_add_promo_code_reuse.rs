//! Let a user use a promo code again.

use crate::models::promo_code;
use migrate_runtime::v1::*;

revision! {
    revision: "n5o6p7q8r9s0",
    down_revision: "m4n5o6p7q8r9",
    created: "2025-09-06T18:22:34Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    op.add_column(
        "promo_codes",
        Column::new("allow_reuse_by_same_user", Boolean).default(false),
    )?;
    promo_code::fill_allow_reuse(op)?;
    Ok(())
}

pub fn down(op: &mut Op<impl Backend>) -> Result<()> {
    op.drop_column("promo_codes", "allow_reuse_by_same_user")
}
