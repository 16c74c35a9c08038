//! `rename_index` and `rename_constraint`.

/// Renames an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameIndex {
    /// The table that it belongs to.
    pub table: String,
    /// The current name.
    pub from: String,
    /// The new name.
    pub to: String,
}

impl RenameIndex {
    /// Returns the operation that renames `from` to `to`.
    pub fn new(
        table: impl Into<String>,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> RenameIndex {
        RenameIndex {
            table: table.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    /// Returns the operation that restores the old name.
    #[must_use]
    pub fn reverse(self) -> RenameIndex {
        RenameIndex {
            table: self.table,
            from: self.to,
            to: self.from,
        }
    }
}

/// Renames a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameConstraint {
    /// The table that it belongs to.
    pub table: String,
    /// The current name.
    pub from: String,
    /// The new name.
    pub to: String,
}

impl RenameConstraint {
    /// Returns the operation that renames `from` to `to`.
    pub fn new(
        table: impl Into<String>,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> RenameConstraint {
        RenameConstraint {
            table: table.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    /// Returns the operation that restores the old name.
    #[must_use]
    pub fn reverse(self) -> RenameConstraint {
        RenameConstraint {
            table: self.table,
            from: self.to,
            to: self.from,
        }
    }
}
