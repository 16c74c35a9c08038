//! `add_column`.

use super::{DropColumn, ExistenceCheck};
use crate::schema::Column;

/// Adds a column to a table.
#[derive(Debug, Clone, PartialEq)]
pub struct AddColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: Column,
    /// The position.
    pub position: Position,
    /// The SQL expression for its value in existing rows. Without it they get the default.
    pub fill: Option<String>,
    /// The author's declaration about existing rows.
    pub existing_rows: ExistingRows,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

/// The position of a new column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Position {
    /// After the last column.
    #[default]
    Last,
    /// Before the first column.
    First,
    /// After this column.
    After(String),
}

/// The rows that a table has when a column is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExistingRows {
    /// Any rows.
    #[default]
    Allowed,
    /// None. This is checked, and a row is an error.
    Forbidden,
}

impl AddColumn {
    /// Returns the operation that adds `column` at the end of `table`.
    pub fn new(table: impl Into<String>, column: impl Into<Column>) -> AddColumn {
        AddColumn {
            table: table.into(),
            column: column.into(),
            position: Position::Last,
            fill: None,
            existing_rows: ExistingRows::Allowed,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that drops the column.
    #[must_use]
    pub fn reverse(self) -> DropColumn {
        DropColumn {
            table: self.table,
            name: self.column.name.clone(),
            column: Some(self.column),
            position: self.position,
            fill: self.fill,
            existing_rows: self.existing_rows,
            existence: self.existence.reverse(),
        }
    }
}
