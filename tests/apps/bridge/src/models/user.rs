//! The customers.

use postgres::{Error, Transaction};

/// Says of users that never said so that their first discount is still there.
///
/// # Errors
///
/// The database's error.
pub fn fill_used_first_purchase_discount(transaction: &mut Transaction<'_>) -> Result<u64, Error> {
    transaction.execute(
        "UPDATE users SET used_first_purchase_discount = false WHERE used_first_purchase_discount IS NULL",
        &[],
    )
}
