//! The customers.

use migrate_runtime::v1::{Backend, Op, Result};

/// Says of users that never said so that their first discount is still there.
///
/// # Errors
///
/// The database's error.
pub fn fill_used_first_purchase_discount(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE users SET used_first_purchase_discount = false WHERE used_first_purchase_discount IS NULL",
        &[],
    )
}
