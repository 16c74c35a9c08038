//! Differences that no operation can remove.

use crate::schema::Object;
use crate::text::printable;

/// A difference that the user has to resolve, because no operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnresolvedDifference {
    /// An enum type has values that the desired one does not have.
    EnumValuesKept {
        /// The type.
        name: String,
        /// The values.
        values: Vec<String>,
    },
    /// The values of an enum type have another order.
    EnumOrderKept {
        /// The type.
        name: String,
    },
    /// A note about an object of a further schema.
    InSchema {
        /// The schema.
        schema: String,
        /// The note.
        note: Box<UnresolvedDifference>,
    },
    /// A property differs, and no statement sets it.
    Property {
        /// The object that has it.
        object: Object,
        /// The name of the property.
        property: String,
        /// Its value before; `None` is the default.
        from: Option<String>,
        /// Its value afterwards; `None` is the default.
        to: Option<String>,
    },
}

impl UnresolvedDifference {
    /// Returns the note as a sentence without a full stop.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            UnresolvedDifference::EnumValuesKept { name, values } => format!(
                "type `{name}` keeps the values `{}`, because rows may contain them",
                values.join("`, `")
            ),
            UnresolvedDifference::InSchema { schema, note } => {
                format!("in schema `{schema}`: {}", note.message())
            }
            UnresolvedDifference::EnumOrderKept { name } => {
                format!(
                    "type `{name}` keeps the order of its values, because rows are sorted by it"
                )
            }
            UnresolvedDifference::Property {
                object,
                property,
                from,
                to,
            } => {
                let shown = |value: &Option<String>| match value {
                    Some(value) => format!("`{}`", printable(value)),
                    None => "not set".to_owned(),
                };
                format!(
                    "{property} of {object}: {} became {}",
                    shown(from),
                    shown(to)
                )
            }
        }
    }

    /// Returns what the user can do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            UnresolvedDifference::EnumValuesKept { name, .. }
            | UnresolvedDifference::EnumOrderKept { name } => format!(
                "create a new type, change the columns to it with a `using` expression, drop `{name}` and rename the new type"
            ),
            UnresolvedDifference::InSchema { note, .. } => note.help(),
            UnresolvedDifference::Property { object, .. } => {
                format!(
                    "no statement changes this property of {object}: recreate the object with `op.execute(…)`"
                )
            }
        }
    }
}
