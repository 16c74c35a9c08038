//! `drop_table`.

use super::{CreateTable, ExistenceCheck};
use crate::schema::Table;

/// Drops a table and its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct DropTable {
    /// The table's name.
    pub name: String,
    /// The definition of the dropped object, if it is known.
    pub table: Option<Table>,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
    /// The database's own statements that created it, if its value is not complete.
    pub native: Vec<String>,
}

impl DropTable {
    /// Returns the operation that drops the table of this name.
    pub fn new(name: impl Into<String>) -> DropTable {
        DropTable {
            name: name.into(),
            table: None,
            existence: ExistenceCheck::None,
            native: Vec::new(),
        }
    }

    /// Returns the operation that recreates the table, if it is known. Its rows are not restored.
    #[must_use]
    pub fn reverse(self) -> Option<CreateTable> {
        self.table.map(|table| CreateTable {
            table,
            existence: self.existence.reverse(),
            native: self.native,
        })
    }
}
