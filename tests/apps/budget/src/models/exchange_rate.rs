//! What currencies cost.

use migrate_runtime::Model;

/// What one currency cost in another on one day.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "exchange_rates", unique(from_currency, to_currency, date))]
pub struct ExchangeRate {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// The ISO code of the currency that is bought.
    #[model(length = 3)]
    pub from_currency: String,
    /// The ISO code of the currency that is paid.
    #[model(length = 3)]
    pub to_currency: String,
    /// How much of the one for the other.
    #[model(type = "NUMERIC(10, 6)")]
    pub rate: f64,
    /// The day, as `YYYY-MM-DD`.
    #[model(type = "DATE")]
    pub date: String,
    /// When it was written down.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}
