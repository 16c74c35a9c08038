//! What money is spent on.

use migrate_runtime::{ColumnType, Model};
use rusqlite::{Connection, Result};

use super::{SharedBudget, User};

/// One category of expenses, with its limit.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "categories", unique(user_id, name))]
pub struct Category {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// Whose category it is.
    #[model(references(User, on_delete = cascade))]
    pub user_id: i64,
    /// The name, unique for the user.
    #[model(length = 100)]
    pub name: String,
    /// What the limit is.
    pub limit_type: LimitType,
    /// The limit, in units or percent.
    #[model(type = "NUMERIC(10, 2)")]
    pub value: f64,
    /// Whether several sources of income fill it.
    pub is_multi_source: Option<bool>,
    /// The budget it is shared in.
    #[model(references(SharedBudget, on_delete = cascade))]
    pub shared_budget_id: Option<i64>,
    /// When it was made.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
}

/// What the limit of a category is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ColumnType)]
#[column_type(length = 20)]
pub enum LimitType {
    /// So many units of the currency.
    Fixed,
    /// So many percent of the income.
    Percent,
}

/// How much of a category's limit one source of income fills.
#[derive(Clone, Debug, PartialEq, Model)]
#[model(table = "category_rules", unique(category_id, source_name))]
pub struct CategoryRule {
    /// The row's key.
    #[model(primary_key, identity)]
    pub id: i64,
    /// The category.
    #[model(references(Category, on_delete = cascade))]
    pub category_id: i64,
    /// The source.
    #[model(length = 100)]
    pub source_name: String,
    /// How many percent of it.
    #[model(type = "NUMERIC(5, 2)")]
    pub percentage: Option<f64>,
    /// When it was made.
    #[model(type = "DATETIME")]
    pub created_at: Option<String>,
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
