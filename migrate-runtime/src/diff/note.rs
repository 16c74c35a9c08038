//! What is different and no operation makes the same.

use crate::error::printable;
use crate::schema::Object;

/// A difference that people have to make away with: nothing does it silently.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A type has words that it should not have any more.
    EnumValuesStay {
        /// The type.
        name: String,
        /// The words.
        values: Vec<String>,
    },
    /// The words of a type stand in another order.
    EnumOrderStays {
        /// The type.
        name: String,
    },
    /// Something of a further schema.
    InSchema {
        /// The schema.
        schema: String,
        /// What it is.
        note: Box<Note>,
    },
    /// A property is another, and no statement sets it.
    Property {
        /// What has it.
        object: Object,
        /// What it is called.
        property: String,
        /// Its value before; `None` is the default.
        from: Option<String>,
        /// Its value afterwards.
        to: Option<String>,
    },
}

impl Note {
    /// Returns it as one sentence, without a full stop.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Note::EnumValuesStay { name, values } => format!(
                "type `{name}` keeps the values `{}`, because rows may contain them",
                values.join("`, `")
            ),
            Note::InSchema { schema, note } => {
                format!("in schema `{schema}`: {}", note.message())
            }
            Note::EnumOrderStays { name } => {
                format!(
                    "type `{name}` keeps the order of its values, because rows are sorted by it"
                )
            }
            Note::Property {
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

    /// Returns what to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Note::EnumValuesStay { name, .. } | Note::EnumOrderStays { name } => format!(
                "create a new type, change the columns to it with a `using` expression, drop `{name}` and rename the new type"
            ),
            Note::InSchema { note, .. } => note.help(),
            Note::Property { object, .. } => {
                format!(
                    "no statement changes this property of {object}: recreate the object with `op.execute(…)`"
                )
            }
        }
    }
}
