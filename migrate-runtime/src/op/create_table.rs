//! `create_table`.

use super::{DropTable, When};
use crate::schema::Table;

/// Creates a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CreateTable {
    /// The table.
    pub table: Table,
    /// Whether it looks first.
    pub when: When,
    /// The database's own statements, in place of those that the table's value gives; empty if those say everything.
    pub native: Vec<String>,
}

impl CreateTable {
    /// Returns the operation that creates `table`.
    #[must_use]
    pub fn new(table: Table) -> CreateTable {
        CreateTable {
            table,
            when: When::Always,
            native: Vec::new(),
        }
    }

    /// Returns the operation that drops the table again.
    #[must_use]
    pub fn reverse(self) -> DropTable {
        DropTable {
            name: self.table.name.clone(),
            table: Some(self.table),
            when: self.when.reverse(),
            native: self.native,
        }
    }
}
