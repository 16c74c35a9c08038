//! `rename_table`.

use super::When;

/// Gives a table another name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenameTable {
    /// The name it has.
    pub from: String,
    /// The name it gets.
    pub to: String,
    /// Whether it looks first.
    pub when: When,
}

impl RenameTable {
    /// Returns the operation that renames `from` to `to`.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> RenameTable {
        RenameTable {
            from: from.into(),
            to: to.into(),
            when: When::Always,
        }
    }

    /// Returns the operation that gives the old name back.
    #[must_use]
    pub fn reverse(self) -> RenameTable {
        RenameTable {
            from: self.to,
            to: self.from,
            when: self.when,
        }
    }
}
