//! Constraints added to, or dropped from, a table that is there.

use crate::schema::{Check, ForeignKey, PrimaryKey, Unique};

/// A constraint of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Constraint {
    /// A primary key.
    PrimaryKey(PrimaryKey),
    /// A unique constraint.
    Unique(Unique),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// A check.
    Check(Check),
}

impl Constraint {
    /// Returns its name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Constraint::PrimaryKey(key) => key.name.as_deref(),
            Constraint::Unique(unique) => unique.name.as_deref(),
            Constraint::ForeignKey(key) => key.name.as_deref(),
            Constraint::Check(check) => check.name.as_deref(),
        }
    }

    /// Returns its kind and name in words, for messages.
    #[must_use]
    pub fn title(&self) -> String {
        let kind = match self {
            Constraint::PrimaryKey(_) => "primary key",
            Constraint::Unique(_) => "unique constraint",
            Constraint::ForeignKey(_) => "foreign key",
            Constraint::Check(_) => "check",
        };
        self.name()
            .map_or_else(|| kind.to_owned(), |name| format!("{kind} `{name}`"))
    }
}

/// Adds a constraint to a table that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddConstraint {
    /// The table.
    pub table: String,
    /// The constraint.
    pub constraint: Constraint,
}

impl AddConstraint {
    /// Returns the operation that adds `constraint` to `table`.
    pub fn new(table: impl Into<String>, constraint: Constraint) -> AddConstraint {
        AddConstraint {
            table: table.into(),
            constraint,
        }
    }

    /// Returns the operation that drops the constraint again, if it has a name.
    #[must_use]
    pub fn reverse(self) -> Option<DropConstraint> {
        let name = self.constraint.name()?.to_owned();
        Some(DropConstraint {
            table: self.table,
            name,
            constraint: Some(self.constraint),
        })
    }
}

/// Drops a constraint by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropConstraint {
    /// The table.
    pub table: String,
    /// The constraint's name.
    pub name: String,
    /// What is dropped, where it is known.
    pub constraint: Option<Constraint>,
}

impl DropConstraint {
    /// Returns the operation that drops the constraint of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> DropConstraint {
        DropConstraint {
            table: table.into(),
            name: name.into(),
            constraint: None,
        }
    }

    /// Returns the operation that adds the constraint again, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<AddConstraint> {
        let table = self.table;
        self.constraint
            .map(|constraint| AddConstraint { table, constraint })
    }
}
