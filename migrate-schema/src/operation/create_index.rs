//! `create_index`.

use super::{DropIndex, ExistenceCheck, Locking};
use crate::schema::Index;

/// Creates an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    /// The index.
    pub index: Index,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
    /// The locking of the table meanwhile.
    pub locking: Locking,
}

impl CreateIndex {
    /// Returns the operation that creates `index`.
    #[must_use]
    pub fn new(index: Index) -> CreateIndex {
        CreateIndex {
            index,
            existence: ExistenceCheck::None,
            locking: Locking::Blocking,
        }
    }

    /// Returns the operation that drops the index.
    #[must_use]
    pub fn reverse(self) -> DropIndex {
        DropIndex {
            table: self.index.table.clone(),
            name: self.index.name.clone(),
            index: Some(self.index),
            existence: self.existence.reverse(),
            locking: self.locking,
        }
    }
}
