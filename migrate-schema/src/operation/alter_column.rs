//! `alter_column`.

use super::Casts;
use crate::schema::{Column, DefaultValue, Identity, Type};

/// Changes the properties of a column. Properties that are not set are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterColumn {
    /// The table.
    pub table: String,
    /// The column's name.
    pub name: String,
    /// The new type.
    pub data_type: Option<Type>,
    /// The expression that computes the new value from the old row, for conversions that the database can't do itself.
    pub using: Option<String>,
    /// The conversion of values to the new type, if `using` is not set.
    pub casts: Casts,
    /// Whether the column becomes NOT NULL.
    pub not_null: Option<bool>,
    /// The expression that replaces NULL in existing rows, if the column becomes NOT NULL.
    pub fill: Option<String>,
    /// The new default; `Some(None)` drops the default.
    pub default: Option<Option<DefaultValue>>,
    /// The new collation; `Some(None)` drops it.
    pub collation: Option<Option<String>>,
    /// The new comment; `Some(None)` drops it.
    pub comment: Option<Option<String>>,
    /// The new identity; `Some(None)` drops it.
    pub identity: Option<Option<Identity>>,
    /// Whether the column auto-increments and never reuses a number.
    pub autoincrement: Option<bool>,
    /// The column before the change, if it is known. The reverse restores it.
    pub from: Option<Box<Column>>,
}

impl AlterColumn {
    /// Returns an operation that changes nothing yet.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> AlterColumn {
        AlterColumn {
            table: table.into(),
            name: name.into(),
            data_type: None,
            using: None,
            casts: Casts::default(),
            not_null: None,
            fill: None,
            default: None,
            collation: None,
            comment: None,
            identity: None,
            autoincrement: None,
            from: None,
        }
    }

    /// Sets the type.
    pub fn set_type(&mut self, data_type: Type) {
        self.data_type = Some(data_type);
    }

    /// Sets the SQL expression that computes the new value from the old row: `c.using("price::numeric")`.
    pub fn using(&mut self, expression: impl Into<String>) {
        self.using = Some(expression.into());
    }

    /// Makes the column NOT NULL.
    pub fn not_null(&mut self) {
        self.not_null = Some(true);
    }

    /// Makes the column NOT NULL, and replaces NULL in existing rows by `expression`, which is SQL.
    pub fn not_null_with_fill(&mut self, expression: impl Into<String>) {
        self.not_null = Some(true);
        self.fill = Some(expression.into());
    }

    /// Allows NULL.
    pub fn null(&mut self) {
        self.not_null = Some(false);
    }

    /// Sets the default.
    pub fn default(&mut self, value: impl Into<DefaultValue>) {
        self.default = Some(Some(value.into()));
    }

    /// Drops the default.
    pub fn drop_default(&mut self) {
        self.default = Some(None);
    }

    /// Sets the collation of its text.
    pub fn collate(&mut self, collation: impl Into<String>) {
        self.collation = Some(Some(collation.into()));
    }

    /// Drops the collation of the column.
    pub fn drop_collation(&mut self) {
        self.collation = Some(None);
    }

    /// Sets the comment.
    pub fn comment(&mut self, comment: impl Into<String>) {
        self.comment = Some(Some(comment.into()));
    }

    /// Drops the comment.
    pub fn drop_comment(&mut self) {
        self.comment = Some(None);
    }

    /// Makes the column an identity column: the database generates a value if an INSERT gives none.
    pub fn identity(&mut self) {
        self.identity = Some(Some(Identity::ByDefault));
    }

    /// Makes the column an identity column, and rejects values that an INSERT gives.
    pub fn identity_always(&mut self) {
        self.identity = Some(Some(Identity::Always));
    }

    /// Drops the identity.
    pub fn drop_identity(&mut self) {
        self.identity = Some(None);
    }

    /// Makes the column auto-increment without ever reusing a number.
    pub fn autoincrement(&mut self) {
        self.autoincrement = Some(true);
    }

    /// Drops the auto-increment.
    pub fn drop_autoincrement(&mut self) {
        self.autoincrement = Some(false);
    }

    /// Sets the column before the change, so that the operation can be reversed.
    pub fn from(&mut self, column: impl Into<Column>) {
        self.from = Some(Box::new(column.into()));
    }

    /// Returns whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data_type.is_none()
            && self.not_null.is_none()
            && self.default.is_none()
            && self.collation.is_none()
            && self.comment.is_none()
            && self.identity.is_none()
            && self.autoincrement.is_none()
    }

    /// Returns whether it only changes the comment.
    pub(super) fn only_comments(&self) -> bool {
        let others = AlterColumn {
            comment: None,
            ..self.clone()
        };
        others.is_empty()
    }

    /// Returns `column` as it is after this operation.
    pub fn applied_to(&self, column: &Column) -> Column {
        let mut column = column.clone();
        let set = self.clone();
        column.data_type = set.data_type.unwrap_or(column.data_type);
        column.not_null = set.not_null.unwrap_or(column.not_null);
        column.default = set.default.unwrap_or(column.default);
        column.collation = set.collation.unwrap_or(column.collation);
        column.comment = set.comment.unwrap_or(column.comment);
        column.identity = set.identity.unwrap_or(column.identity);
        column.autoincrement = set.autoincrement.unwrap_or(column.autoincrement);
        column
    }

    /// Returns the operation that restores the previous column, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<AlterColumn> {
        let was = self.from.as_deref()?;
        let now = self.applied_to(was);
        Some(AlterColumn {
            data_type: self.data_type.is_some().then(|| was.data_type.clone()),
            using: None,
            casts: self.casts.reverse(),
            not_null: self.not_null.map(|_| was.not_null),
            fill: None,
            default: self.default.as_ref().map(|_| was.default.clone()),
            collation: self.collation.as_ref().map(|_| was.collation.clone()),
            comment: self.comment.as_ref().map(|_| was.comment.clone()),
            identity: self.identity.map(|_| was.identity),
            autoincrement: self.autoincrement.map(|_| was.autoincrement),
            from: Some(Box::new(now)),
            table: self.table,
            name: self.name,
        })
    }
}
