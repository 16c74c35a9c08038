//! `set_table_comment` and `set_table_options`.

/// Says what people read about a table in the database, or takes that away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetTableComment {
    /// The table.
    pub table: String,
    /// The comment, or `None` for none.
    pub comment: Option<String>,
    /// The comment before, where it is known; `Some(None)` if there was none.
    pub from: Option<Option<String>>,
}

impl SetTableComment {
    /// Returns the operation that gives `table` this comment, or none.
    pub fn new(table: impl Into<String>, comment: Option<String>) -> SetTableComment {
        SetTableComment {
            table: table.into(),
            comment,
            from: None,
        }
    }

    /// Returns the operation that gives the old comment back, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<SetTableComment> {
        Some(SetTableComment {
            table: self.table,
            comment: self.from?,
            from: Some(self.comment),
        })
    }
}

/// Sets what the database writes after a table's columns, such as `STRICT` or `WITH (fillfactor=70)`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetTableOptions {
    /// The table.
    pub table: String,
    /// The options, or `None` for none.
    pub options: Option<String>,
    /// The options before, where they are known; `Some(None)` if there were none.
    pub from: Option<Option<String>>,
}

impl SetTableOptions {
    /// Returns the operation that gives `table` these options, or none.
    pub fn new(table: impl Into<String>, options: Option<String>) -> SetTableOptions {
        SetTableOptions {
            table: table.into(),
            options,
            from: None,
        }
    }

    /// Returns the operation that gives the old options back, if they are known.
    #[must_use]
    pub fn reverse(self) -> Option<SetTableOptions> {
        Some(SetTableOptions {
            table: self.table,
            options: self.from?,
            from: Some(self.options),
        })
    }
}
