//! `alter_column`.

use crate::schema::{DefaultValue, Type};

/// Changes a column's type, default or whether it takes NULL. What is not named stays.
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
    /// Whether it refuses NULL from now on.
    pub not_null: Option<bool>,
    /// The default it gets; `Some(None)` takes the default away.
    pub default: Option<Option<DefaultValue>>,
}

impl AlterColumn {
    /// Returns an operation that changes nothing yet.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> AlterColumn {
        AlterColumn {
            table: table.into(),
            name: name.into(),
            kind: None,
            using: None,
            not_null: None,
            default: None,
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
}
