//! `drop_index`.

use super::{CreateIndex, ExistenceCheck, Locking};
use crate::schema::Index;

/// Drops an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropIndex {
    /// The table that it belongs to.
    pub table: String,
    /// The index's name.
    pub name: String,
    /// The definition of the dropped object, if it is known.
    pub index: Option<Index>,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
    /// The locking of the table meanwhile.
    pub locking: Locking,
}

impl DropIndex {
    /// Returns the operation that drops the index of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> DropIndex {
        DropIndex {
            table: table.into(),
            name: name.into(),
            index: None,
            existence: ExistenceCheck::None,
            locking: Locking::Blocking,
        }
    }

    /// Returns the operation that recreates the index, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<CreateIndex> {
        let (when, locking) = (self.existence.reverse(), self.locking);
        self.index.map(|index| CreateIndex {
            index,
            existence: when,
            locking,
        })
    }
}
