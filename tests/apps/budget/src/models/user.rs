//! The people who keep a budget.

use rusqlite::{Connection, Result};

use super::DEFAULT_CURRENCY;

/// One user.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The row's key.
    pub id: i64,
    /// The address to log in with.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// `email` or `telegram`.
    pub auth_type: String,
    /// The currency of new rows.
    pub default_currency: Option<String>,
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
