//! What is different and no operation makes the same.

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
}

impl Note {
    /// Returns it as one sentence, without a full stop.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Note::EnumValuesStay { name, values } => format!(
                "type `{name}` keeps `{}`: rows may hold them",
                values.join("`, `")
            ),
            Note::EnumOrderStays { name } => {
                format!("type `{name}` keeps the order of its words: rows are sorted by it")
            }
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let name = match self {
            Note::EnumValuesStay { name, .. } | Note::EnumOrderStays { name } => name,
        };
        format!(
            "create a new type, change the columns to it with a `using` expression, drop `{name}` and rename the new one"
        )
    }
}
