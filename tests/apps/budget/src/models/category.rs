//! What money is spent on.

use rusqlite::{Connection, Result};

/// One category of expenses, with its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// The row's key.
    pub id: i64,
    /// Whose category it is.
    pub user_id: i64,
    /// The name, unique for the user.
    pub name: String,
    /// `fixed` or `percent`.
    pub limit_type: String,
    /// The limit, in units or percent.
    pub value: f64,
    /// Whether several sources of income fill it.
    pub is_multi_source: Option<bool>,
}

/// Says of categories that never said so that one source fills them.
///
/// # Errors
///
/// The database's error.
pub fn fill_is_multi_source(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE categories SET is_multi_source = 0 WHERE is_multi_source IS NULL",
        [],
    )
}
