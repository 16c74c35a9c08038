//! Enum types.

/// An enum type: an ordered list of values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnumType {
    /// The name, if it is a separate type of the database.
    pub name: String,
    /// The values in sort order. Empty if a column's type refers to a separate enum type of the schema.
    pub values: Vec<String>,
}

impl EnumType {
    /// Returns the type with this name and these values.
    pub fn new<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> EnumType {
        EnumType {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }
}
