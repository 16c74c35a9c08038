//! `set_table_comment` and `set_table_options`.

/// Sets or drops the comment of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTableComment {
    /// The table.
    pub table: String,
    /// The comment, or `None` to drop it.
    pub comment: Option<String>,
    /// The previous comment, if it is known; `Some(None)` if there was none.
    pub from: Option<Option<String>>,
}

impl SetTableComment {
    /// Returns the operation that sets or drops the comment of `table`.
    pub fn new(table: impl Into<String>, comment: Option<String>) -> SetTableComment {
        SetTableComment {
            table: table.into(),
            comment,
            from: None,
        }
    }

    /// Returns the operation that restores the previous comment, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<SetTableComment> {
        Some(SetTableComment {
            table: self.table,
            comment: self.from?,
            from: Some(self.comment),
        })
    }
}

/// Sets the SQL after the column list of a table, such as `STRICT` or `WITH (fillfactor=70)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTableOptions {
    /// The table.
    pub table: String,
    /// The options, or `None` to drop them.
    pub options: Option<String>,
    /// The previous options, if they are known; `Some(None)` if there were none.
    pub from: Option<Option<String>>,
}

impl SetTableOptions {
    /// Returns the operation that sets or drops the options of `table`.
    pub fn new(table: impl Into<String>, options: Option<String>) -> SetTableOptions {
        SetTableOptions {
            table: table.into(),
            options,
            from: None,
        }
    }

    /// Returns the operation that restores the previous options, if they are known.
    #[must_use]
    pub fn reverse(self) -> Option<SetTableOptions> {
        Some(SetTableOptions {
            table: self.table,
            options: self.from?,
            from: Some(self.options),
        })
    }
}
