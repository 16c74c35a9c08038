//! `alter_column`.

use super::Casts;
use crate::schema::{Column, DefaultValue, Identity, Type};

/// Changes what a column is. What is not named stays.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlterColumn {
    /// The table.
    pub table: String,
    /// The column's name.
    pub name: String,
    /// The type it gets.
    pub kind: Option<Type>,
    /// The expression that makes the new value from the old row, where the database can't tell by itself.
    pub using: Option<String>,
    /// How its values become those of the new type where `using` does not say it.
    pub casts: Casts,
    /// Whether it refuses NULL from now on.
    pub not_null: Option<bool>,
    /// The expression that replaces NULL in rows that are there, where NULL is refused from now on.
    pub fill: Option<String>,
    /// The default it gets; `Some(None)` takes the default away.
    pub default: Option<Option<DefaultValue>>,
    /// The collation it gets; `Some(None)` takes it away.
    pub collation: Option<Option<String>>,
    /// What people read about it; `Some(None)` takes it away.
    pub comment: Option<Option<String>>,
    /// Whether the database numbers it; `Some(None)` ends that.
    pub identity: Option<Option<Identity>>,
    /// Whether the database numbers it and never gives the same number twice.
    pub autoincrement: Option<bool>,
    /// The column as it was before, where it is known: what the way back restores.
    pub from: Option<Box<Column>>,
}

impl AlterColumn {
    /// Returns an operation that changes nothing yet.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> AlterColumn {
        AlterColumn {
            table: table.into(),
            name: name.into(),
            kind: None,
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
    pub fn kind(&mut self, kind: Type) {
        self.kind = Some(kind);
    }

    /// Says how the new type's value comes from the old row, an SQL expression: `c.using("price::numeric")`.
    pub fn using(&mut self, expression: impl Into<String>) {
        self.using = Some(expression.into());
    }

    /// Refuses NULL from now on.
    pub fn not_null(&mut self) {
        self.not_null = Some(true);
    }

    /// Refuses NULL from now on, and writes `expression`, which is SQL, where rows hold NULL.
    pub fn not_null_filled(&mut self, expression: impl Into<String>) {
        self.not_null = Some(true);
        self.fill = Some(expression.into());
    }

    /// Takes NULL from now on.
    pub fn null(&mut self) {
        self.not_null = Some(false);
    }

    /// Sets the default.
    pub fn default(&mut self, value: impl Into<DefaultValue>) {
        self.default = Some(Some(value.into()));
    }

    /// Takes the default away.
    pub fn drop_default(&mut self) {
        self.default = Some(None);
    }

    /// Sets the collation of its text.
    pub fn collate(&mut self, collation: impl Into<String>) {
        self.collation = Some(Some(collation.into()));
    }

    /// Takes its own collation away.
    pub fn drop_collation(&mut self) {
        self.collation = Some(None);
    }

    /// Says what people read about it in the database.
    pub fn comment(&mut self, comment: impl Into<String>) {
        self.comment = Some(Some(comment.into()));
    }

    /// Takes that away.
    pub fn drop_comment(&mut self) {
        self.comment = Some(None);
    }

    /// Makes the database number it where an INSERT gives no value.
    pub fn identity(&mut self) {
        self.identity = Some(Some(Identity::ByDefault));
    }

    /// Makes the database number it, and refuse a number that an INSERT gives.
    pub fn identity_always(&mut self) {
        self.identity = Some(Some(Identity::Always));
    }

    /// Ends the numbering.
    pub fn drop_identity(&mut self) {
        self.identity = Some(None);
    }

    /// Makes the database number it and never give the same number twice.
    pub fn autoincrement(&mut self) {
        self.autoincrement = Some(true);
    }

    /// Ends that.
    pub fn drop_autoincrement(&mut self) {
        self.autoincrement = Some(false);
    }

    /// Says what the column was before, so that the way back is known.
    pub fn from(&mut self, column: impl Into<Column>) {
        self.from = Some(Box::new(column.into()));
    }

    /// Returns whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kind.is_none()
            && self.not_null.is_none()
            && self.default.is_none()
            && self.collation.is_none()
            && self.comment.is_none()
            && self.identity.is_none()
            && self.autoincrement.is_none()
    }

    /// Returns whether it changes nothing but what people read.
    pub(super) fn only_comments(&self) -> bool {
        let others = AlterColumn {
            comment: None,
            ..self.clone()
        };
        others.is_empty()
    }

    /// Returns `column` as it is once this has run.
    pub fn applied_to(&self, column: &Column) -> Column {
        let mut column = column.clone();
        let set = self.clone();
        column.kind = set.kind.unwrap_or(column.kind);
        column.not_null = set.not_null.unwrap_or(column.not_null);
        column.default = set.default.unwrap_or(column.default);
        column.collation = set.collation.unwrap_or(column.collation);
        column.comment = set.comment.unwrap_or(column.comment);
        column.identity = set.identity.unwrap_or(column.identity);
        column.autoincrement = set.autoincrement.unwrap_or(column.autoincrement);
        column
    }

    /// Returns the operation that makes the column what it was, if that is known.
    #[must_use]
    pub fn reverse(self) -> Option<AlterColumn> {
        let was = self.from.as_deref()?;
        let now = self.applied_to(was);
        Some(AlterColumn {
            kind: self.kind.is_some().then(|| was.kind.clone()),
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
