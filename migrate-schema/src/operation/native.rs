//! Changes that no other operation describes, as the database's own statements.

use super::Operation;
use crate::schema::{NativeObject, Object, Property};

/// Runs the database's own statements for an object that no other operation creates, or a property that none sets.
///
/// A comparison generates it. In a revision it is `op.execute("…")`.
#[derive(Debug, Clone, PartialEq)]
pub struct Native {
    /// The object that is created, dropped or changed.
    pub object: Object,
    /// The change.
    pub change: NativeChange,
    /// The statements that do it, in order.
    pub up: Vec<String>,
    /// The statements that undo it, in order; `None` if they are not known.
    pub down: Option<Vec<String>>,
}

/// A change of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NativeChange {
    /// Creates it.
    Create,
    /// Drops it.
    Drop,
    /// Replaces its definition.
    Replace {
        /// The definition before.
        from: String,
        /// The definition afterwards.
        to: String,
    },
    /// Sets a property; `None` is the default.
    Set {
        /// The property's name.
        property: String,
        /// The value before.
        from: Option<String>,
        /// The value afterwards.
        to: Option<String>,
    },
}

impl Native {
    /// Returns the operation that creates `object`.
    #[must_use]
    pub fn create(object: &NativeObject) -> Native {
        Native {
            object: object.object.clone(),
            change: NativeChange::Create,
            up: object.create.clone(),
            down: Some(object.drop.clone()),
        }
    }

    /// Returns the operation that drops `object`.
    #[must_use]
    pub fn drop(object: &NativeObject) -> Native {
        Native {
            object: object.object.clone(),
            change: NativeChange::Drop,
            up: object.drop.clone(),
            down: Some(object.create.clone()),
        }
    }

    /// Returns the operation that replaces a definition without dropping the object, if both directions are known.
    #[must_use]
    pub fn replace(from: &NativeObject, to: &NativeObject) -> Native {
        Native {
            object: to.object.clone(),
            change: NativeChange::Replace {
                from: from.definition.clone(),
                to: to.definition.clone(),
            },
            up: to.replace.clone(),
            down: Some(from.replace.clone()),
        }
    }

    /// Returns the operation that sets a property from one value to another, or `None` if no statement does.
    #[must_use]
    pub fn set(from: Option<&Property>, to: Option<&Property>) -> Option<Native> {
        let known = to.or(from)?;
        // The old value is reset first, because the statement that sets a value need not replace another one.
        let way = |gone: Option<&Property>, new: Option<&Property>| -> Option<Vec<String>> {
            let statements: Vec<String> = match (gone, new) {
                (_, Some(new)) => new.set.clone(),
                (Some(gone), None) => gone.reset.clone(),
                (None, None) => Vec::new(),
            };
            (!statements.is_empty()).then_some(statements)
        };
        Some(Native {
            object: known.object.clone(),
            change: NativeChange::Set {
                property: known.name.clone(),
                from: from.map(|property| property.value.clone()),
                to: to.map(|property| property.value.clone()),
            },
            up: way(from, to)?,
            down: way(to, from),
        })
    }

    /// Returns the operation that undoes this one, if its statements are known.
    #[must_use]
    pub fn reverse(self) -> Option<Native> {
        let change = match self.change {
            NativeChange::Create => NativeChange::Drop,
            NativeChange::Drop => NativeChange::Create,
            NativeChange::Replace { from, to } => NativeChange::Replace { from: to, to: from },
            NativeChange::Set { property, from, to } => NativeChange::Set {
                property,
                from: to,
                to: from,
            },
        };
        Some(Native {
            object: self.object,
            change,
            up: self.down?,
            down: Some(self.up),
        })
    }

    /// Returns a short title.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.change {
            NativeChange::Create => format!("create {}", self.object),
            NativeChange::Drop => format!("drop {}", self.object),
            NativeChange::Replace { .. } => format!("change {}", self.object),
            NativeChange::Set { property, .. } => format!("set {property} of {}", self.object),
        }
    }
}

impl Operation {
    /// Returns the object that the operation creates, if any. It must run before operations that need the object.
    pub fn makes(&self) -> Option<Object> {
        Some(match self {
            Operation::CreateTable(op) => Object::new("table", &op.table.name),
            Operation::CreateView(op) => Object::new("view", &op.view.name),
            Operation::CreateEnum(op) => Object::new("type", &op.enum_type.name),
            Operation::CreateIndex(op) => {
                Object::of_table("index", &op.index.table, &op.index.name)
            }
            Operation::CreateTrigger(op) => {
                Object::of_table("trigger", &op.trigger.table, &op.trigger.name)
            }
            Operation::Native(op) if op.change == NativeChange::Create => op.object.clone(),
            Operation::InSchema(op) => op.operation.makes()?.in_schema(&op.schema),
            _ => return None,
        })
    }

    /// Returns the object that the operation drops, if any. It must run after operations that drop what needs the
    /// object.
    pub fn drops(&self) -> Option<Object> {
        Some(match self {
            Operation::DropTable(op) => Object::new("table", &op.name),
            Operation::DropView(op) => Object::new("view", &op.name),
            Operation::DropEnum(op) => Object::new("type", &op.name),
            Operation::DropIndex(op) => Object::of_table("index", &op.table, &op.name),
            Operation::DropTrigger(op) => Object::of_table("trigger", &op.table, &op.name),
            Operation::Native(op) if op.change == NativeChange::Drop => op.object.clone(),
            Operation::InSchema(op) => op.operation.drops()?.in_schema(&op.schema),
            _ => return None,
        })
    }
}
