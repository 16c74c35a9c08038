//! `create_table`.

use super::{DropTable, ExistenceCheck};
use crate::schema::Table;

/// Creates a table.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTable {
    /// The table.
    pub table: Table,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
    /// The database's own statements, used instead of those generated from `table`; empty if `table` is complete.
    pub native: Vec<String>,
}

impl CreateTable {
    /// Returns the operation that creates `table`.
    #[must_use]
    pub fn new(table: Table) -> CreateTable {
        CreateTable {
            table,
            existence: ExistenceCheck::None,
            native: Vec::new(),
        }
    }

    /// Returns the operation that drops the table.
    #[must_use]
    pub fn reverse(self) -> DropTable {
        DropTable {
            name: self.table.name.clone(),
            table: Some(self.table),
            existence: self.existence.reverse(),
            native: self.native,
        }
    }
}
