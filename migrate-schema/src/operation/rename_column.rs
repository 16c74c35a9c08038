//! `rename_column`.

/// Renames a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameColumn {
    /// The table.
    pub table: String,
    /// The current name.
    pub from: String,
    /// The new name.
    pub to: String,
}

impl RenameColumn {
    /// Returns the operation that renames `from` to `to`.
    pub fn new(
        table: impl Into<String>,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> RenameColumn {
        RenameColumn {
            table: table.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    /// Returns the operation that restores the old name.
    #[must_use]
    pub fn reverse(self) -> RenameColumn {
        RenameColumn {
            table: self.table,
            from: self.to,
            to: self.from,
        }
    }
}
