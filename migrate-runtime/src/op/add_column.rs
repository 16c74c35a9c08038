//! `add_column`.

use super::{DropColumn, When};
use crate::schema::Column;

/// Adds a column at the end of a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AddColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: Column,
    /// Whether it looks first.
    pub when: When,
}

impl AddColumn {
    /// Returns the operation that adds `column` to `table`.
    pub fn new(table: impl Into<String>, column: Column) -> AddColumn {
        AddColumn {
            table: table.into(),
            column,
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
            when: self.when.reverse(),
        }
    }
}
