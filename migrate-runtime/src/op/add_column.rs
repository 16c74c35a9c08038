//! `add_column`.

use super::{DropColumn, When};
use crate::schema::Column;

/// Adds a column to a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AddColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: Column,
    /// Where it stands.
    pub position: Position,
    /// The SQL expression that gives its value in rows that are there; without it they get the default.
    pub fill: Option<String>,
    /// Which rows the author says are there.
    pub rows: Rows,
    /// Whether it looks first.
    pub when: When,
}

/// Where a new column stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Position {
    /// After the last.
    #[default]
    Last,
    /// Before the first.
    First,
    /// After this one.
    After(String),
}

/// Which rows a table has when it gets a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// Any.
    #[default]
    Any,
    /// None: it is looked at, and a row is an error.
    None,
}

impl AddColumn {
    /// Returns the operation that adds `column` at the end of `table`.
    pub fn new(table: impl Into<String>, column: impl Into<Column>) -> AddColumn {
        AddColumn {
            table: table.into(),
            column: column.into(),
            position: Position::Last,
            fill: None,
            rows: Rows::Any,
            when: When::Always,
        }
    }

    /// Returns the operation that drops the column again.
    #[must_use]
    pub fn reverse(self) -> DropColumn {
        DropColumn {
            table: self.table,
            name: self.column.name.clone(),
            column: Some(self.column),
            position: self.position,
            fill: self.fill,
            rows: self.rows,
            when: self.when.reverse(),
        }
    }
}
