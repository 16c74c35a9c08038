//! Objects that are dropped and made again: one difference, not two.

use std::collections::HashMap;

use crate::ddl::{self, Dialect};
use crate::op::{Operation, Which};

/// Which operations belong together.
pub(super) struct Pairs<'o> {
    halves: HashMap<usize, Half<'o>>,
}

/// One of two operations that belong together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Half<'o> {
    /// It drops what is made again.
    Dropped,
    /// It makes again what this one drops.
    MadeAgain(&'o Operation),
}

impl<'o> Pairs<'o> {
    /// Finds what is dropped and made again under its name.
    pub(super) fn of(operations: &'o [Operation]) -> Pairs<'o> {
        let mut dropped: HashMap<String, usize> = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            dropped.extend(
                key(operation, Which::name)
                    .filter(|_| drops(operation))
                    .map(|key| (key, at)),
            );
        }
        let mut halves = HashMap::new();
        for (at, operation) in operations.iter().enumerate() {
            if drops(operation) {
                continue;
            }
            if let Some(gone) = key(operation, Which::name).and_then(|key| dropped.remove(&key)) {
                halves.insert(gone, Half::Dropped);
                halves.insert(at, Half::MadeAgain(&operations[gone]));
            }
        }
        Pairs { halves }
    }

    /// Returns what an operation is, if it belongs to another.
    pub(super) fn partner(&self, at: usize) -> Option<Half<'o>> {
        self.halves.get(&at).copied()
    }
}

fn drops(operation: &Operation) -> bool {
    matches!(operation.place().1, Operation::DropConstraint(_)) || operation.drops().is_some()
}

/// Returns what names the object that an operation makes or drops.
fn key(operation: &Operation, name: impl Fn(&Which) -> Option<&str>) -> Option<String> {
    match operation {
        Operation::InSchema(op) => Some(format!("{} in {}", key(&op.operation, name)?, op.schema)),
        Operation::CreateTable(_) | Operation::DropTable(_) => None,
        Operation::AddConstraint(op) => {
            let which = op.constraint.which();
            Some(format!("constraint {} {}", op.table, name(&which)?))
        }
        Operation::DropConstraint(op) => {
            Some(format!("constraint {} {}", op.table, name(&op.which)?))
        }
        other => Some(other.makes().or_else(|| other.drops())?.to_string()),
    }
}

/// Returns what an operation makes, in a person's words.
pub(super) fn title(made: &Operation) -> String {
    match made {
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

/// Returns what is made or dropped, as SQL for people.
pub(super) fn definition(operation: &Operation) -> Option<String> {
    struct Standard;
    impl Dialect for Standard {}

    Some(match operation {
        Operation::AddConstraint(op) => ddl::constraint(&Standard, &op.constraint),
        Operation::DropConstraint(op) => ddl::constraint(&Standard, op.constraint.as_ref()?),
        Operation::Native(op) => match &op.change {
            crate::op::NativeChange::Create => op.up.join("; "),
            _ => op.down.as_ref()?.join("; "),
        },
        Operation::DropIndex(_)
        | Operation::DropView(_)
        | Operation::DropTrigger(_)
        | Operation::DropEnum(_) => definition(&operation.clone().reverse()?)?,
        made => ddl::statements(&Standard, made).join("; "),
    })
}
