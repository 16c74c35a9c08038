//! `drop_table`.

use super::{CreateTable, When};
use crate::schema::Table;

/// Drops a table and its rows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DropTable {
    /// The table's name.
    pub name: String,
    /// What is dropped, where it is known.
    pub table: Option<Table>,
    /// Whether it looks first.
    pub when: When,
    /// The database's own statements that made it, where its value does not say everything.
    pub native: Vec<String>,
}

impl DropTable {
    /// Returns the operation that drops the table of this name.
    pub fn new(name: impl Into<String>) -> DropTable {
        DropTable {
            name: name.into(),
            table: None,
            when: When::Always,
            native: Vec::new(),
        }
    }

    /// Returns the operation that creates the table again, if it is known. Its rows are not restored.
    #[must_use]
    pub fn reverse(self) -> Option<CreateTable> {
        self.table.map(|table| CreateTable {
            table,
            when: self.when.reverse(),
            native: self.native,
        })
    }
}
