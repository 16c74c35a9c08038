//! Schemas of a database, and operations in schemas other than the connection's own.

use super::{ExistenceCheck, Operation};

/// Creates a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSchema {
    /// Its name.
    pub name: String,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl CreateSchema {
    /// Returns the operation that creates the schema of this name.
    pub fn new(name: impl Into<String>) -> CreateSchema {
        CreateSchema {
            name: name.into(),
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that drops the schema.
    #[must_use]
    pub fn reverse(self) -> DropSchema {
        DropSchema {
            name: self.name,
            existence: self.existence.reverse(),
        }
    }
}

/// Drops an empty schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropSchema {
    /// Its name.
    pub name: String,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl DropSchema {
    /// Returns the operation that drops the schema of this name.
    pub fn new(name: impl Into<String>) -> DropSchema {
        DropSchema {
            name: name.into(),
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that recreates the schema.
    #[must_use]
    pub fn reverse(self) -> CreateSchema {
        CreateSchema {
            name: self.name,
            existence: self.existence.reverse(),
        }
    }
}

/// Runs an operation whose names belong to another schema than the connection's own.
#[derive(Debug, Clone, PartialEq)]
pub struct InSchema {
    /// The schema.
    pub schema: String,
    /// The operation to run in it.
    pub operation: Box<Operation>,
}

impl InSchema {
    /// Returns the operation that runs `operation` in a schema.
    pub fn new(schema: impl Into<String>, operation: Operation) -> InSchema {
        InSchema {
            schema: schema.into(),
            operation: Box::new(operation),
        }
    }

    /// Returns the reverse, in the same schema.
    #[must_use]
    pub fn reverse(self) -> Option<InSchema> {
        let reverse = self.operation.reverse()?;
        Some(InSchema::new(self.schema, reverse))
    }
}

impl Operation {
    /// Returns the operation run in a schema; `None` is the connection's own schema.
    pub fn done_in(self, schema: Option<&str>) -> Operation {
        match schema {
            Some(schema) => Operation::InSchema(InSchema::new(schema, self)),
            None => self,
        }
    }

    /// Returns the schema, if it is not the connection's own, and the operation that runs in it.
    #[must_use]
    pub fn place(&self) -> (Option<&str>, &Operation) {
        match self {
            Operation::InSchema(op) => (Some(&op.schema), &op.operation),
            other => (None, other),
        }
    }
}
