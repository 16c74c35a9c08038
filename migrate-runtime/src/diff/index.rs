//! Indexes before and after.

use crate::op::{CreateIndex, DropIndex, Operation};
use crate::schema::{Index, IndexKey};

use super::Sides;
use super::order::{Phase, Steps};

/// Adds what makes the indexes of `to` out of those of `from`. Those of tables that stay unasked stay too.
pub(super) fn compare(sides: &Sides<'_>, dropped: &[String], steps: &mut Steps) {
    let (from, to) = (sides.from, sides.to);
    for index in &from.indexes {
        if dropped.contains(&index.table) {
            drop(Phase::DropItsIndex, index, steps);
        } else if to.table(&index.table).is_some() && !to.indexes.contains(index) {
            drop(Phase::DropIndex, index, steps);
        }
    }
    for index in &to.indexes {
        if from.indexes.contains(index) {
            continue;
        }
        let phase = match from.table(&index.table) {
            Some(_) => Phase::CreateIndex,
            None => Phase::CreateItsIndex,
        };
        let operation = Operation::CreateIndex(CreateIndex::new(index.clone()));
        steps.push(phase, &index.table, operation);
    }
}

fn drop(phase: Phase, index: &Index, steps: &mut Steps) {
    let mut operation = DropIndex::new(&index.table, &index.name);
    operation.index = Some(index.clone());
    steps.push(phase, &index.table, Operation::DropIndex(operation));
}

/// Returns the columns that an index sorts by; none if it sorts by anything else or leaves rows out.
pub(super) fn columns(index: &Index) -> Vec<String> {
    let names = index.parts.iter().map(|part| match &part.key {
        IndexKey::Column(name) => Some(name.clone()),
        IndexKey::Expression(_) => None,
    });
    let names: Option<Vec<String>> = names.collect();
    names.filter(|_| index.filter.is_none()).unwrap_or_default()
}
