//! Objects that are dropped and recreated, which are one difference and not two.

use std::collections::HashMap;

use migrate_schema::ddl::{self, Dialect};
use migrate_schema::operation::{ConstraintRef, Operation};

/// The operations that belong together.
pub(super) struct Pairs<'o> {
    halves: HashMap<usize, Half<'o>>,
}

/// One of two operations that belong together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Half<'o> {
    /// It drops an object that is recreated.
    Dropped,
    /// It recreates the object that this operation drops.
    Recreated(&'o Operation),
}

impl<'o> Pairs<'o> {
    /// Finds objects that are dropped and recreated with the same name.
    pub(super) fn of(operations: &'o [Operation]) -> Pairs<'o> {
        let mut dropped: HashMap<String, usize> = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            dropped.extend(
                key(operation, ConstraintRef::name)
                    .filter(|_| drops(operation))
                    .map(|key| (key, at)),
            );
        }
        let mut halves = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            if drops(operation) {
                continue;
            }
            if let Some(dropped_index) =
                key(operation, ConstraintRef::name).and_then(|key| dropped.remove(&key))
            {
                halves.insert(dropped_index, Half::Dropped);
                halves.insert(at, Half::Recreated(&operations[dropped_index]));
            }
        }
        Pairs { halves }
    }

    /// Returns the role of an operation, if it belongs to another one.
    pub(super) fn partner(&self, at: usize) -> Option<Half<'o>> {
        self.halves.get(&at).copied()
    }
}

fn drops(operation: &Operation) -> bool {
    matches!(operation.place().1, Operation::DropConstraint(_)) || operation.drops().is_some()
}

/// Returns the identity of the object that an operation creates or drops.
fn key(operation: &Operation, name: impl Fn(&ConstraintRef) -> Option<&str>) -> Option<String> {
    match operation {
        Operation::InSchema(op) => Some(format!("{} in {}", key(&op.operation, name)?, op.schema)),
        Operation::CreateTable(_) | Operation::DropTable(_) => None,
        Operation::AddConstraint(op) => {
            let reference = op.constraint.reference();
            Some(format!("constraint {} {}", op.table, name(&reference)?))
        }
        Operation::DropConstraint(op) => {
            Some(format!("constraint {} {}", op.table, name(&op.reference)?))
        }
        other => Some(other.makes().or_else(|| other.drops())?.to_string()),
    }
}

/// Returns a title for the object that an operation creates.
pub(super) fn title(operation: &Operation) -> String {
    match operation {
        Operation::AddConstraint(op) => {
            format!(
                "{} of {}",
                op.constraint.title(),
                super::quoted(&[&op.table])
            )
        }
        Operation::CreateIndex(op) => super::index(&op.index),
        other => other
            .makes()
            .map_or_else(|| other.title(), |object| object.to_string()),
    }
}

/// Returns the object that is created or dropped, as SQL for messages.
pub(super) fn definition(operation: &Operation) -> Option<String> {
    struct Standard;
    impl Dialect for Standard {}

    Some(match operation {
        Operation::AddConstraint(op) => ddl::constraint(&Standard, &op.constraint),
        Operation::DropConstraint(op) => ddl::constraint(&Standard, op.constraint.as_ref()?),
        Operation::Native(op) => match &op.change {
            migrate_schema::operation::NativeChange::Create => op.up.join("; "),
            _ => op.down.as_ref()?.join("; "),
        },
        Operation::DropIndex(_)
        | Operation::DropView(_)
        | Operation::DropTrigger(_)
        | Operation::DropEnum(_) => definition(&operation.clone().reverse()?)?,
        other => ddl::statements(&Standard, other).join("; "),
    })
}
