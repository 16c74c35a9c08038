//! Types that hold one of a list of words, where they are types of their own.

use super::When;
use crate::schema::EnumType;

/// Creates such a type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateEnum {
    /// The type.
    pub kind: EnumType,
    /// Whether it looks first.
    pub when: When,
}

impl CreateEnum {
    /// Returns the operation that creates `kind`.
    #[must_use]
    pub fn new(kind: EnumType) -> CreateEnum {
        CreateEnum {
            kind,
            when: When::Always,
        }
    }

    /// Returns the operation that drops the type again.
    #[must_use]
    pub fn reverse(self) -> DropEnum {
        DropEnum {
            name: self.kind.name.clone(),
            kind: Some(self.kind),
            when: self.when.reverse(),
        }
    }
}

/// Drops such a type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropEnum {
    /// The type's name.
    pub name: String,
    /// What is dropped, where it is known.
    pub kind: Option<EnumType>,
    /// Whether it looks first.
    pub when: When,
}

impl DropEnum {
    /// Returns the operation that drops the type of this name.
    pub fn new(name: impl Into<String>) -> DropEnum {
        DropEnum {
            name: name.into(),
            kind: None,
            when: When::Always,
        }
    }

    /// Returns the operation that creates the type again, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<CreateEnum> {
        Some(CreateEnum {
            kind: self.kind?,
            when: self.when.reverse(),
        })
    }
}

/// Adds a word to such a type. No database takes it out again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddEnumValue {
    /// The type's name.
    pub name: String,
    /// The word.
    pub value: String,
    /// Where it stands among the others.
    pub place: Place,
    /// Whether it looks first.
    pub when: When,
}

/// Where a new word stands among those of its type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// After the last.
    #[default]
    Last,
    /// Before this one.
    Before(String),
    /// After this one.
    After(String),
}

impl AddEnumValue {
    /// Returns the operation that adds `value` after the others.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> AddEnumValue {
        AddEnumValue {
            name: name.into(),
            value: value.into(),
            place: Place::Last,
            when: When::Always,
        }
    }
}

/// Gives a word of such a type another spelling, in every row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenameEnumValue {
    /// The type's name.
    pub name: String,
    /// The word it has.
    pub from: String,
    /// The word it gets.
    pub to: String,
}

impl RenameEnumValue {
    /// Returns the operation that renames `from` to `to`.
    pub fn new(
        name: impl Into<String>,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> RenameEnumValue {
        RenameEnumValue {
            name: name.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    /// Returns the operation that gives the old word back.
    #[must_use]
    pub fn reverse(self) -> RenameEnumValue {
        RenameEnumValue {
            name: self.name,
            from: self.to,
            to: self.from,
        }
    }
}
