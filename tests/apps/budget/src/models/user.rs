//! The people who keep a budget.

use migrate_runtime::Model;
use rusqlite::{Connection, Result};

use super::{DEFAULT_CURRENCY, SharedBudget};

/// One user.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "users")]
pub struct User {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// The address to log in with.
    #[model(unique, length = 120)]
    pub email: String,
    /// The name to show.
    #[model(length = 100)]
    pub name: String,
    /// The hash of the password.
    #[model(length = 255)]
    pub password_hash: String,
    /// `email` or `telegram`.
    #[model(length = 20)]
    pub auth_type: String,
    /// The currency of new rows.
    #[model(length = 3)]
    pub default_currency: Option<String>,
    /// The currency of sums.
    #[model(length = 3)]
    pub currency: Option<String>,
    /// `light` or `dark`.
    #[model(length = 20)]
    pub theme: Option<String>,
    /// The time zone's name.
    #[model(length = 50)]
    pub timezone: Option<String>,
    /// The language and the country.
    #[model(length = 10)]
    pub locale: Option<String>,
    /// The file of the picture.
    #[model(length = 255)]
    pub avatar_path: Option<String>,
    /// The key on Telegram.
    #[model(unique)]
    pub telegram_id: Option<i64>,
    /// The name on Telegram.
    #[model(length = 100)]
    pub telegram_username: Option<String>,
    /// The first name on Telegram.
    #[model(length = 100)]
    pub telegram_first_name: Option<String>,
    /// The last name on Telegram.
    #[model(length = 100)]
    pub telegram_last_name: Option<String>,
    /// The picture on Telegram.
    #[model(length = 500)]
    pub telegram_photo_url: Option<String>,
    /// The budget that is shared with others.
    #[model(references(SharedBudget, on_delete = set_null))]
    pub shared_budget_id: Option<i64>,
    /// When the user came.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}

/// Says of users that never said so that they log in by mail.
///
/// # Errors
///
/// The database's error.
pub fn fill_auth_type(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE users SET auth_type = 'email' WHERE auth_type IS NULL",
        [],
    )
}

/// Gives users without a default currency the application's.
///
/// # Errors
///
/// The database's error.
pub fn fill_default_currency(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE users SET default_currency = ?1 WHERE default_currency IS NULL",
        [DEFAULT_CURRENCY],
    )
}
