//! `create_table`.

use super::{DropTable, When};
use crate::schema::Table;

/// Creates a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CreateTable {
    /// The table.
    pub table: Table,
    /// The condition for running the operation.
    pub when: When,
    /// The database's own statements, used instead of those generated from `table`; empty if `table` is complete.
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

    /// Returns the operation that drops the table.
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
