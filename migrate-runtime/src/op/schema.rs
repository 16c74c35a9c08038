//! Schemas of a database, and what is done in one that is not the connection's own.

use super::{Operation, When};

/// Creates a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateSchema {
    /// Its name.
    pub name: String,
    /// Whether it looks first.
    pub when: When,
}

impl CreateSchema {
    /// Returns the operation that creates the schema of this name.
    pub fn new(name: impl Into<String>) -> CreateSchema {
        CreateSchema {
            name: name.into(),
            when: When::Always,
        }
    }

    /// Returns the operation that drops the schema again.
    #[must_use]
    pub fn reverse(self) -> DropSchema {
        DropSchema {
            name: self.name,
            when: self.when.reverse(),
        }
    }
}

/// Drops a schema that nothing is left in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropSchema {
    /// Its name.
    pub name: String,
    /// Whether it looks first.
    pub when: When,
}

impl DropSchema {
    /// Returns the operation that drops the schema of this name.
    pub fn new(name: impl Into<String>) -> DropSchema {
        DropSchema {
            name: name.into(),
            when: When::Always,
        }
    }

    /// Returns the operation that creates the schema again.
    #[must_use]
    pub fn reverse(self) -> CreateSchema {
        CreateSchema {
            name: self.name,
            when: self.when.reverse(),
        }
    }
}

/// Does something with names that belong to a further schema.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InSchema {
    /// The schema.
    pub schema: String,
    /// What is done there.
    pub operation: Box<Operation>,
}

impl InSchema {
    /// Returns the operation that does `operation` in a schema.
    pub fn new(schema: impl Into<String>, operation: Operation) -> InSchema {
        InSchema {
            schema: schema.into(),
            operation: Box::new(operation),
        }
    }

    /// Returns what undoes it, in the same schema.
    #[must_use]
    pub fn reverse(self) -> Option<InSchema> {
        let reverse = self.operation.reverse()?;
        Some(InSchema::new(self.schema, reverse))
    }
}

impl Operation {
    /// Returns it done in a schema; `None` is the connection's own.
    pub(crate) fn done_in(self, schema: Option<&str>) -> Operation {
        match schema {
            Some(schema) => Operation::InSchema(InSchema::new(schema, self)),
            None => self,
        }
    }

    /// Returns the schema that it is done in, where that is not the connection's own, and what is done there.
    #[must_use]
    pub fn place(&self) -> (Option<&str>, &Operation) {
        match self {
            Operation::InSchema(op) => (Some(&op.schema), &op.operation),
            other => (None, other),
        }
    }
}
