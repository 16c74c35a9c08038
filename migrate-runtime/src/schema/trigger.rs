//! Triggers.

/// What a database does of itself when a table's rows change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a trigger does nothing until it is given to `create_trigger`"]
pub struct Trigger {
    /// The name.
    pub name: String,
    /// The table or view it belongs to.
    pub table: String,
    /// The whole CREATE TRIGGER statement.
    pub definition: String,
}

impl Trigger {
    /// Returns the trigger that `definition`, a whole CREATE TRIGGER statement, makes on `table`.
    pub fn new(
        name: impl Into<String>,
        table: impl Into<String>,
        definition: impl Into<String>,
    ) -> Trigger {
        Trigger {
            name: name.into(),
            table: table.into(),
            definition: definition.into(),
        }
    }
}
