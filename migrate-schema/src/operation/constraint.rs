//! Constraints added to, or dropped from, an existing table.

use super::ExistenceCheck;
use crate::schema::{Check, Exclude, ForeignKey, PrimaryKey, Unique, Validity};

/// A constraint of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// A primary key.
    PrimaryKey(PrimaryKey),
    /// A unique constraint.
    Unique(Unique),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// A check.
    Check(Check),
    /// An exclusion constraint, which only PostgreSQL supports.
    Exclude(Exclude),
}

impl Constraint {
    /// Returns its name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Constraint::PrimaryKey(key) => key.name.as_deref(),
            Constraint::Unique(unique) => unique.name.as_deref(),
            Constraint::ForeignKey(key) => key.name.as_deref(),
            Constraint::Check(check) => check.name.as_deref(),
            Constraint::Exclude(exclude) => exclude.name.as_deref(),
        }
    }

    /// Returns what identifies the constraint: its name, or its kind and columns.
    #[must_use]
    pub fn reference(&self) -> ConstraintRef {
        match self.name() {
            Some(name) => ConstraintRef::Named(name.to_owned()),
            None => self.definition_ref(),
        }
    }

    /// Returns its kind and its columns or definition, ignoring its name.
    #[must_use]
    pub fn definition_ref(&self) -> ConstraintRef {
        match self {
            Constraint::PrimaryKey(_) => ConstraintRef::PrimaryKey,
            Constraint::Unique(unique) => ConstraintRef::Unique(unique.columns.clone()),
            Constraint::ForeignKey(key) => ConstraintRef::ForeignKey(key.columns.clone()),
            Constraint::Check(check) => ConstraintRef::Check(check.condition.clone()),
            Constraint::Exclude(exclude) => ConstraintRef::Exclude(exclude.definition.clone()),
        }
    }

    /// Returns whether existing rows are validated.
    #[must_use]
    pub fn validity(&self) -> Validity {
        match self {
            Constraint::ForeignKey(key) => key.validity,
            Constraint::Check(check) => check.validity,
            _ => Validity::Checked,
        }
    }

    /// Returns its kind and name, for messages.
    #[must_use]
    pub fn title(&self) -> String {
        let kind = match self {
            Constraint::PrimaryKey(_) => "primary key",
            Constraint::Unique(_) => "unique constraint",
            Constraint::ForeignKey(_) => "foreign key",
            Constraint::Check(_) => "check",
            Constraint::Exclude(_) => "exclusion constraint",
        };
        self.name()
            .map_or_else(|| kind.to_owned(), |name| format!("{kind} `{name}`"))
    }
}

/// The way to identify a constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintRef {
    /// The constraint of this name.
    Named(String),
    /// The primary key.
    PrimaryKey,
    /// The unique constraint on these columns.
    Unique(Vec<String>),
    /// The foreign key from these columns.
    ForeignKey(Vec<String>),
    /// The check with this condition.
    Check(String),
    /// The exclusion constraint of this definition.
    Exclude(String),
}

impl ConstraintRef {
    /// Returns a title for messages.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            ConstraintRef::Named(name) => format!("constraint `{name}`"),
            ConstraintRef::PrimaryKey => "the primary key".to_owned(),
            ConstraintRef::Unique(columns) => {
                format!("the unique constraint over `{}`", columns.join("`, `"))
            }
            ConstraintRef::ForeignKey(columns) => {
                format!("the foreign key from `{}`", columns.join("`, `"))
            }
            ConstraintRef::Check(condition) => format!("the check `{condition}`"),
            ConstraintRef::Exclude(definition) => {
                format!("the exclusion constraint `{definition}`")
            }
        }
    }

    /// Returns the name, if the constraint is identified by its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            ConstraintRef::Named(name) => Some(name),
            _ => None,
        }
    }
}

/// Adds a constraint to an existing table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddConstraint {
    /// The table.
    pub table: String,
    /// The constraint.
    pub constraint: Constraint,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl AddConstraint {
    /// Returns the operation that adds `constraint` to `table`.
    pub fn new(table: impl Into<String>, constraint: Constraint) -> AddConstraint {
        AddConstraint {
            table: table.into(),
            constraint,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that drops the constraint.
    #[must_use]
    pub fn reverse(self) -> DropConstraint {
        DropConstraint {
            table: self.table,
            reference: self.constraint.reference(),
            constraint: Some(self.constraint),
            existence: self.existence.reverse(),
        }
    }
}

/// Drops a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropConstraint {
    /// The table.
    pub table: String,
    /// The constraint to drop.
    pub reference: ConstraintRef,
    /// The definition of the dropped object, if it is known.
    pub constraint: Option<Constraint>,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl DropConstraint {
    /// Returns the operation that drops the constraint of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> DropConstraint {
        DropConstraint::of(table, ConstraintRef::Named(name.into()))
    }

    /// Returns the operation that drops this constraint.
    pub fn of(table: impl Into<String>, reference: ConstraintRef) -> DropConstraint {
        DropConstraint {
            table: table.into(),
            reference,
            constraint: None,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that adds the constraint again, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<AddConstraint> {
        let constraint = self.constraint?;
        Some(AddConstraint {
            table: self.table,
            constraint,
            existence: self.existence.reverse(),
        })
    }
}

/// Validates the rows that existed before the constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidateConstraint {
    /// The table.
    pub table: String,
    /// The constraint's name.
    pub name: String,
}

impl ValidateConstraint {
    /// Returns the operation that validates the constraint of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> ValidateConstraint {
        ValidateConstraint {
            table: table.into(),
            name: name.into(),
        }
    }
}

macro_rules! into_constraint {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Constraint {
            fn from(constraint: $kind) -> Constraint {
                Constraint::$kind(constraint)
            }
        }
    )*};
}
into_constraint!(PrimaryKey, Unique, ForeignKey, Check, Exclude);
