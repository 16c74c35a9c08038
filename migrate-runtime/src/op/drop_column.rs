//! `drop_column`.

use super::{AddColumn, When};
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
            when: When::Always,
        }
    }

    /// Returns the operation that adds the column again, if it is known. Its values are not restored.
    #[must_use]
    pub fn reverse(self) -> Option<AddColumn> {
        let (table, when) = (self.table, self.when.reverse());
        self.column.map(|column| AddColumn {
            table,
            column,
            when,
        })
    }
}
