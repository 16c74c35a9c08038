//! Triggers.

/// A trigger: statements that the database runs when the rows of a table change.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Returns the trigger on `table` that `definition`, a whole CREATE TRIGGER statement, creates.
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
