//! `rename_table`.

use super::ExistenceCheck;

/// Renames a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameTable {
    /// The current name.
    pub from: String,
    /// The new name.
    pub to: String,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl RenameTable {
    /// Returns the operation that renames `from` to `to`.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> RenameTable {
        RenameTable {
            from: from.into(),
            to: to.into(),
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that restores the old name.
    #[must_use]
    pub fn reverse(self) -> RenameTable {
        RenameTable {
            from: self.to,
            to: self.from,
            existence: self.existence,
        }
    }
}
