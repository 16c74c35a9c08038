//! Let promo codes be used without end.

use crate::models::promo_code;
use migrate_runtime::v1::*;

revision! {
    revision: "b2c3d4e5f6a7",
    down_revision: "a1b2c3d4e5f6",
    created: "2025-04-20T08:47:02Z",
}

pub fn up(op: &mut Op<impl Backend>) -> Result<()> {
    promo_code::unlimit_zero(op)?;
    // It took NULL all along on databases that began with this history; others may not have.
    op.alter_column("promo_codes", "max_uses", |c| c.null())
}

/// The column took NULL before too. Which of the codes without a limit said 0 is not known any more.
pub fn down(_op: &mut Op<impl Backend>) -> Result<()> {
    Ok(())
}
