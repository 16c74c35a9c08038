//! Enum types, on databases where they are types of their own.

use super::ExistenceCheck;
use crate::schema::EnumType;

/// Creates an enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateEnum {
    /// The type.
    pub enum_type: EnumType,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl CreateEnum {
    /// Returns the operation that creates `enum_type`.
    #[must_use]
    pub fn new(enum_type: EnumType) -> CreateEnum {
        CreateEnum {
            enum_type,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that drops the type.
    #[must_use]
    pub fn reverse(self) -> DropEnum {
        DropEnum {
            name: self.enum_type.name.clone(),
            enum_type: Some(self.enum_type),
            existence: self.existence.reverse(),
        }
    }
}

/// Drops an enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropEnum {
    /// The type's name.
    pub name: String,
    /// The definition of the dropped object, if it is known.
    pub enum_type: Option<EnumType>,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl DropEnum {
    /// Returns the operation that drops the type of this name.
    pub fn new(name: impl Into<String>) -> DropEnum {
        DropEnum {
            name: name.into(),
            enum_type: None,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that recreates the type, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<CreateEnum> {
        Some(CreateEnum {
            enum_type: self.enum_type?,
            existence: self.existence.reverse(),
        })
    }
}

/// Adds a value to an enum type. No database can remove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddEnumValue {
    /// The type's name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The position among the other values.
    pub position: EnumValuePosition,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

/// The position of a new enum value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EnumValuePosition {
    /// After the last value.
    #[default]
    Last,
    /// Before this value.
    Before(String),
    /// After this value.
    After(String),
}

impl AddEnumValue {
    /// Returns the operation that adds `value` after the others.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> AddEnumValue {
        AddEnumValue {
            name: name.into(),
            value: value.into(),
            position: EnumValuePosition::Last,
            existence: ExistenceCheck::None,
        }
    }
}

/// Renames a value of an enum type, in every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameEnumValue {
    /// The type's name.
    pub name: String,
    /// The current value.
    pub from: String,
    /// The new value.
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

    /// Returns the operation that restores the old value.
    #[must_use]
    pub fn reverse(self) -> RenameEnumValue {
        RenameEnumValue {
            name: self.name,
            from: self.to,
            to: self.from,
        }
    }
}
