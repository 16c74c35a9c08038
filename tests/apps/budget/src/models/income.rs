//! Money that came in.

use migrate_runtime::Model;
use rusqlite::{Connection, Result, params};

use super::{DEFAULT_CURRENCY, User};

/// One source's income in one month.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "income", unique(user_id, source_name, year, month))]
pub struct Income {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// Whose income it is.
    #[model(references(User, on_delete = cascade))]
    pub user_id: i64,
    /// Where it came from.
    #[model(length = 100)]
    pub source_name: String,
    /// How much, in units of the currency.
    #[model(type = "NUMERIC(10, 2)")]
    pub amount: f64,
    /// The currency's ISO code.
    #[model(length = 3)]
    pub currency: Option<String>,
    /// The calendar year.
    pub year: i32,
    /// The month, from 1.
    pub month: u8,
    /// The day, as `YYYY-MM-DD`.
    #[model(type = "DATE")]
    pub date: Option<String>,
    /// When it was written down.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}

/// A source of income that a user named.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "income_sources", unique(user_id, name))]
pub struct IncomeSource {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// Whose source it is.
    #[model(references(User, on_delete = cascade))]
    pub user_id: i64,
    /// The name, unique for the user.
    #[model(length = 100)]
    pub name: String,
    /// Whether new income is taken to come from it.
    pub is_default: Option<bool>,
    /// When it was named.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}

impl Income {
    /// Returns all income of a user, oldest first.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub fn of_user(connection: &Connection, user_id: i64) -> Result<Vec<Self>> {
        let mut statement = connection.prepare(
            "SELECT id, user_id, source_name, amount, currency, year, month, date, created_at FROM income
             WHERE user_id = ?1 ORDER BY year, month, id",
        )?;
        let income = statement.query_map([user_id], |row| {
            Ok(Self {
                id: row.get(0)?,
                user_id: row.get(1)?,
                source_name: row.get(2)?,
                amount: row.get(3)?,
                currency: row.get(4)?,
                year: row.get(5)?,
                month: row.get(6)?,
                date: row.get(7)?,
                created_at: row.get(8)?,
            })
        })?;
        income.collect()
    }
}

/// Returns the first day of a month as `YYYY-MM-DD`, or `None` if there is no such month.
///
/// ```
/// use budget::models::income::first_day;
///
/// assert_eq!(first_day(2026, 2).as_deref(), Some("2026-02-01"));
/// assert_eq!(first_day(2026, 13), None);
/// ```
pub fn first_day(year: i64, month: i64) -> Option<String> {
    let possible = (0..=9999).contains(&year) && (1..=12).contains(&month);
    possible.then(|| format!("{year:04}-{month:02}-01"))
}

/// Dates income that has a year and a month but no day with the first day of its month; returns how many rows it dated.
///
/// # Errors
///
/// The database's error.
pub fn date_by_month(connection: &Connection) -> Result<usize> {
    let mut undated = connection
        .prepare("SELECT id, year, month FROM income WHERE date IS NULL AND year IS NOT NULL AND month IS NOT NULL")?;
    let mut update = connection.prepare("UPDATE income SET date = ?2 WHERE id = ?1")?;
    let rows: Vec<(i64, i64, i64)> = undated
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_>>()?;
    let mut dated = 0;
    for (id, year, month) in rows {
        if let Some(day) = first_day(year, month) {
            dated += update.execute(params![id, day])?;
        }
    }
    Ok(dated)
}

/// Gives income without a currency the default one.
///
/// # Errors
///
/// The database's error.
pub fn fill_currency(connection: &Connection) -> Result<usize> {
    connection.execute(
        "UPDATE income SET currency = ?1 WHERE currency IS NULL",
        [DEFAULT_CURRENCY],
    )
}
