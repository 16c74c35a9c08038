//! `drop_column`.

use super::{AddColumn, ExistenceCheck, ExistingRows, Position};
use crate::schema::Column;

/// Drops a column and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct DropColumn {
    /// The table.
    pub table: String,
    /// The column's name.
    pub name: String,
    /// The definition of the dropped object, if it is known.
    pub column: Option<Column>,
    /// The position of the column, for the reverse.
    pub position: Position,
    /// The expression for its value in existing rows, for the reverse.
    pub fill: Option<String>,
    /// The rows that the table has at the reverse.
    pub existing_rows: ExistingRows,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
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
            existing_rows: ExistingRows::Allowed,
            existence: ExistenceCheck::None,
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
            existing_rows: self.existing_rows,
            existence: self.existence.reverse(),
        })
    }
}
