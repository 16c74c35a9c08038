//! `drop_column`.

use super::{AddColumn, Position, Rows, When};
use crate::schema::Column;

/// Drops a column and its values.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DropColumn {
    /// The table.
    pub table: String,
    /// The column's name.
    pub name: String,
    /// What is dropped, where it is known.
    pub column: Option<Column>,
    /// Where it stood, for the way back.
    pub position: Position,
    /// What gives its value in rows that are there, for the way back.
    pub fill: Option<String>,
    /// Which rows are there on the way back.
    pub rows: Rows,
    /// Whether it looks first.
    pub when: When,
}

impl DropColumn {
    /// Returns the operation that drops the column of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> DropColumn {
        DropColumn {
            table: table.into(),
            name: name.into(),
            column: None,
            position: Position::Last,
            fill: None,
            rows: Rows::Any,
            when: When::Always,
        }
    }

    /// Returns the operation that adds the column again, if it is known. Its values are not restored.
    #[must_use]
    pub fn reverse(self) -> Option<AddColumn> {
        let column = self.column?;
        Some(AddColumn {
            table: self.table,
            column,
            position: self.position,
            fill: self.fill,
            rows: self.rows,
            when: self.when.reverse(),
        })
    }
}
