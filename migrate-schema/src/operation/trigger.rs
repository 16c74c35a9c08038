//! `create_trigger` and `drop_trigger`.

use super::ExistenceCheck;
use crate::schema::Trigger;

/// Creates a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTrigger {
    /// The trigger.
    pub trigger: Trigger,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl CreateTrigger {
    /// Returns the operation that creates `trigger`.
    #[must_use]
    pub fn new(trigger: Trigger) -> CreateTrigger {
        CreateTrigger {
            trigger,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that drops the trigger.
    #[must_use]
    pub fn reverse(self) -> DropTrigger {
        DropTrigger {
            table: self.trigger.table.clone(),
            name: self.trigger.name.clone(),
            trigger: Some(self.trigger),
            existence: self.existence.reverse(),
        }
    }
}

/// Drops a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropTrigger {
    /// The table that it belongs to.
    pub table: String,
    /// The trigger's name.
    pub name: String,
    /// The definition of the dropped object, if it is known.
    pub trigger: Option<Trigger>,
    /// The condition for running the operation.
    pub existence: ExistenceCheck,
}

impl DropTrigger {
    /// Returns the operation that drops the trigger of this name.
    pub fn new(table: impl Into<String>, name: impl Into<String>) -> DropTrigger {
        DropTrigger {
            table: table.into(),
            name: name.into(),
            trigger: None,
            existence: ExistenceCheck::None,
        }
    }

    /// Returns the operation that recreates the trigger, if it is known.
    #[must_use]
    pub fn reverse(self) -> Option<CreateTrigger> {
        Some(CreateTrigger {
            trigger: self.trigger?,
            existence: self.existence.reverse(),
        })
    }
}
