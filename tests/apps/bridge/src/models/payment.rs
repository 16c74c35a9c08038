//! Money that customers paid.

use migrate_runtime::v1::{Backend, Op, Result, params};
use postgres::GenericClient;

/// The currency of every payment.
pub const CURRENCY: &str = "RUB";

/// One payment.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    /// The row's key.
    pub id: i32,
    /// How much, in units of the currency.
    pub amount: f64,
    /// The currency's ISO code.
    pub currency: Option<String>,
}

impl Payment {
    /// Returns all payments, oldest first.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub fn all(client: &mut impl GenericClient) -> Result<Vec<Self>, postgres::Error> {
        let rows = client.query("SELECT id, amount, currency FROM payments ORDER BY id", &[])?;
        rows.iter()
            .map(|row| {
                Ok(Self {
                    id: row.try_get(0)?,
                    amount: row.try_get(1)?,
                    currency: row.try_get(2)?,
                })
            })
            .collect()
    }
}

/// Says of payments in dollars, and of those without a currency, that they are in rubles; returns how many.
///
/// # Errors
///
/// The database's error.
pub fn use_rubles(op: &mut Op<impl Backend>) -> Result<u64> {
    op.execute_with(
        "UPDATE payments SET currency = ?1 WHERE currency = 'USD' OR currency IS NULL",
        &params![CURRENCY],
    )
}
