//! Money that went out.

use migrate_runtime::Model;
use rusqlite::{Connection, Result};

use super::{Category, DEFAULT_CURRENCY, SharedBudget, User};

/// One expense.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "expenses")]
pub struct Expense {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// Who spent it.
    #[model(references(User, on_delete = cascade))]
    pub user_id: i64,
    /// What for.
    #[model(references(Category))]
    pub category_id: i64,
    /// How much, in units of the currency.
    #[model(type = "NUMERIC(10, 2)")]
    pub amount: f64,
    /// What people wrote beside it.
    pub description: Option<String>,
    /// The day, as `YYYY-MM-DD`.
    #[model(type = "DATE")]
    pub date: String,
    /// The month it counts for, as `YYYY-MM`.
    #[model(length = 7)]
    pub month: String,
    /// `expense` or `carryover`.
    #[model(length = 20, default = "expense")]
    pub transaction_type: Option<String>,
    /// The month that a carry-over comes from, as `YYYY-MM`.
    #[model(length = 7)]
    pub carryover_from_month: Option<String>,
    /// The currency's ISO code.
    #[model(length = 3)]
    pub currency: Option<String>,
    /// The budget it is shared in.
    #[model(references(SharedBudget, on_delete = cascade))]
    pub shared_budget_id: Option<i64>,
    /// When it was written down.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}

impl Expense {
    /// Returns all expenses of a user, oldest first.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub fn of_user(connection: &Connection, user_id: i64) -> Result<Vec<Self>> {
        let mut statement = connection.prepare(
            "SELECT id, user_id, category_id, amount, description, date, month, transaction_type,
                    carryover_from_month, currency, shared_budget_id, created_at FROM expenses
             WHERE user_id = ?1 ORDER BY date, id",
        )?;
        let expenses = statement.query_map([user_id], |row| {
            Ok(Self {
                id: row.get(0)?,
                user_id: row.get(1)?,
                category_id: row.get(2)?,
                amount: row.get(3)?,
                description: row.get(4)?,
                date: row.get(5)?,
                month: row.get(6)?,
                transaction_type: row.get(7)?,
                carryover_from_month: row.get(8)?,
                currency: row.get(9)?,
                shared_budget_id: row.get(10)?,
                created_at: row.get(11)?,
            })
        })?;
        expenses.collect()
    }
}

/// Returns the month of a day: `2026-11-23` is in `2026-11`.
///
/// ```
/// assert_eq!(budget::models::expense::month_of("2026-11-23"), "2026-11");
/// ```
pub fn month_of(day: &str) -> &str {
    day.get(..7).unwrap_or(day)
}

/// Writes the month of each expense that has none; returns how many rows it filled.
///
/// # Errors
///
/// The database's error.
pub fn fill_month(connection: &Connection) -> Result<usize> {
    let mut statement = connection.prepare("SELECT id, date FROM expenses WHERE month IS NULL")?;
    let rows: Vec<(i64, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    let mut update = connection.prepare("UPDATE expenses SET month = ?2 WHERE id = ?1")?;
    for (id, day) in &rows {
        update.execute((id, month_of(day)))?;
    }
    Ok(rows.len())
}

/// Marks expenses that say nothing about their kind as plain expenses.
///
/// # Errors
///
/// The database's error.
pub fn fill_transaction_type(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE expenses SET transaction_type = 'expense' WHERE transaction_type IS NULL",
        [],
    )
}

/// Moves notes to descriptions that are empty.
///
/// # Errors
///
/// The database's error.
pub fn describe_by_note(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE expenses SET description = note WHERE description IS NULL",
        [],
    )
}

/// Dates the creation of expenses that never recorded it with their day.
///
/// # Errors
///
/// The database's error.
pub fn fill_created_at(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE expenses SET created_at = date WHERE created_at IS NULL",
        [],
    )
}

/// Gives expenses without a currency the default one.
///
/// # Errors
///
/// The database's error.
pub fn fill_currency(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE expenses SET currency = ?1 WHERE currency IS NULL",
        [DEFAULT_CURRENCY],
    )
}
