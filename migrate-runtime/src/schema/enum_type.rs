//! Types that hold one of a list of words.

/// A type whose values are one of a list of words, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EnumType {
    /// The name, where it is a type of its own.
    pub name: String,
    /// The words, in the order they compare by. Empty where a column's type names a type that stands beside the tables.
    pub values: Vec<String>,
}

impl EnumType {
    /// Returns the type of this name and these words.
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
