//! `drop_index`.

use super::{CreateIndex, Locking, When};
use crate::schema::Index;

/// Drops an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropIndex {
    /// The table it belongs to.
    pub table: String,
    /// The index's name.
    pub name: String,
    /// What is dropped, where it is known.
    pub index: Option<Index>,
    /// Whether it looks first.
    pub when: When,
    /// Whether writers of the table go on meanwhile.
    pub locking: Locking,
}

impl DropIndex {
    /// Returns the operation that drops the index of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> DropIndex {
        DropIndex {
            table: table.into(),
            name: name.into(),
            index: None,
            when: When::Always,
            locking: Locking::Blocking,
        }
    }

    /// Returns the operation that creates the index again, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<CreateIndex> {
        let (when, locking) = (self.when.reverse(), self.locking);
        self.index.map(|index| CreateIndex {
            index,
            when,
            locking,
        })
    }
}
