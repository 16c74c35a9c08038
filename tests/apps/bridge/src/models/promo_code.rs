//! Codes that make a subscription cheaper.

use migrate_runtime::v1::{Backend, Op, Result};

/// Lets codes be used without end that said so with 0; returns how many.
///
/// # Errors
///
/// The database's error.
pub fn unlimit_zero(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE promo_codes SET max_uses = NULL WHERE max_uses = 0",
        &[],
    )
}

/// Lets a user use a code once where it never said otherwise.
///
/// # Errors
///
/// The database's error.
pub fn fill_allow_reuse(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE promo_codes SET allow_reuse_by_same_user = false WHERE allow_reuse_by_same_user IS NULL",
        &[],
    )
}
