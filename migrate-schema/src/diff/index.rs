//! Compares indexes.

use crate::operation::{CreateIndex, DropIndex, Operation, RenameIndex};
use crate::schema::{Index, IndexKey, Schema};

use super::order::{Phase, Steps};
use super::{IndexRename, Sides, column};

/// Adds the operations that turn the indexes of `from` into those of `to`. Indexes of kept tables are kept.
pub(super) fn compare(sides: &Sides<'_>, dropped: &[String], steps: &mut Steps) {
    let (from, to) = (sides.from, sides.to);
    let mut removed: Vec<&Index> = Vec::new();
    for index in &from.indexes {
        if dropped.contains(&index.table) {
            drop(Phase::DropIndexOnDroppedTable, index, steps);
        } else if is_exchanged(sides, &index.table) {
            // It is dropped with its view.
        } else if exists(to, &index.table) && !to.indexes.contains(index) {
            removed.push(index);
        } else if is_recreated(index, sides) {
            drop(Phase::DropIndex, index, steps);
            create(index, sides, steps);
        }
    }
    for index in &to.indexes {
        if from.indexes.contains(index) && !is_exchanged(sides, &index.table) {
            continue;
        }
        match removed.iter().position(|old| is_renamed(old, index, sides)) {
            Some(at) => rename(removed.remove(at), index, steps),
            None => create(index, sides, steps),
        }
    }
    for index in removed {
        drop(Phase::DropIndex, index, steps);
    }
}

/// Returns whether a table or materialized view of this name exists afterwards.
fn exists(to: &Schema, name: &str) -> bool {
    to.table(name).is_some() || to.views.iter().any(|view| view.name == name)
}

/// Returns whether a table becomes a view of this name, or a view a table.
fn is_exchanged(sides: &Sides<'_>, name: &str) -> bool {
    let is_table = [sides.from, sides.to].map(|schema| schema.table(name).is_some());
    let exists = [sides.from, sides.to].map(|schema| exists(schema, name));
    exists == [true, true] && is_table[0] != is_table[1]
}

/// Returns whether an index has a column that is dropped and added again, or an expression on a column whose type
/// changes, if that matters to the database.
fn is_recreated(index: &Index, sides: &Sides<'_>) -> bool {
    let (from, to) = (sides.from.table(&index.table), sides.to.table(&index.table));
    let (Some(from), Some(to)) = (from, to) else {
        return false;
    };
    let reads = |sql: &String| {
        column::reads_remade(sql, from, to, sides.options)
            || column::reads_recreated(sql, from, to, sides.options)
    };
    let mut parts = index.parts.iter();
    let named = parts.any(|part| match &part.key {
        IndexKey::Expression(sql) => reads(sql),
        IndexKey::Column(name) => column::is_recreated(from, to, name, sides.options),
    });
    named || index.predicate.as_ref().is_some_and(reads)
}

/// Returns whether an index only has another name, and no other object has or gets that name.
fn is_renamed(old: &Index, new: &Index, sides: &Sides<'_>) -> bool {
    let mut renamed = old.clone();
    renamed.name.clone_from(&new.name);
    let name_is_taken = sides
        .from
        .indexes
        .iter()
        .any(|other| other.name == new.name);
    sides.options.rules.index_rename == IndexRename::Renamed
        && !is_recreated(old, sides)
        && renamed == *new
        && !name_is_taken
        && !sides.wants(&old.name)
}

fn rename(old: &Index, new: &Index, steps: &mut Steps) {
    let operation = RenameIndex::new(&new.table, &old.name, &new.name);
    steps.push(
        Phase::RenameIndex,
        &new.table,
        Operation::RenameIndex(operation),
    );
}

fn create(index: &Index, sides: &Sides<'_>, steps: &mut Steps) {
    let phase = match sides.from.table(&index.table) {
        // After the table is dropped and the view is created.
        Some(_) if is_exchanged(sides, &index.table) => Phase::CreateTrigger,
        Some(_) => Phase::CreateIndex,
        None => Phase::CreateIndexOnNewTable,
    };
    let operation = Operation::CreateIndex(CreateIndex::new(index.clone()));
    steps.push(phase, &index.table, operation);
}

fn drop(phase: Phase, index: &Index, steps: &mut Steps) {
    let mut operation = DropIndex::new(&index.table, &index.name);
    operation.index = Some(index.clone());
    steps.push(phase, &index.table, Operation::DropIndex(operation));
}

/// Returns the columns of an index; none if it has an expression or is partial.
pub(super) fn columns(index: &Index) -> Vec<String> {
    let names = index.parts.iter().map(|part| match &part.key {
        IndexKey::Column(name) => Some(name.clone()),
        IndexKey::Expression(_) => None,
    });
    let names: Option<Vec<String>> = names.collect();
    names
        .filter(|_| index.predicate.is_none())
        .unwrap_or_default()
}
