//! Where columns stand that are dropped, so that they come back there.

use std::collections::BTreeMap;

use crate::operation::{Operation, Position};
use crate::schema::{Schema, Table};

/// Says of each dropped column where it stood, for the way back, and puts a column that is made anew where it was. A column
/// that was not there before comes last.
pub(super) fn keep(operations: &mut [Operation], from: &Schema) {
    let columns =
        |table: &Table| -> Vec<String> { table.columns.iter().map(|it| it.name.clone()).collect() };
    // As each operation finds them, under the names of that moment.
    let mut now: BTreeMap<String, Vec<String>> = from
        .tables
        .iter()
        .map(|table| (table.name.clone(), columns(table)))
        .collect();
    let mut dropped: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for operation in operations {
        match operation {
            Operation::RenameTable(op) => {
                if let Some(names) = now.remove(&op.from) {
                    now.insert(op.to.clone(), names);
                }
            }
            Operation::RenameColumn(op) => {
                let names = now.get_mut(&op.table).into_iter().flatten();
                for name in names.filter(|name| **name == op.from) {
                    name.clone_from(&op.to);
                }
            }
            Operation::DropColumn(op) => {
                let Some(names) = now.get_mut(&op.table) else {
                    continue;
                };
                let Some(at) = names.iter().position(|name| *name == op.name) else {
                    continue;
                };
                op.position = position(names, at);
                dropped.insert((op.table.clone(), op.name.clone()), names[..at].to_vec());
                names.remove(at);
            }
            Operation::AddColumn(op) => {
                let Some(names) = now.get_mut(&op.table) else {
                    continue;
                };
                let key = (op.table.clone(), op.column.name.clone());
                let stood = dropped.remove(&key);
                // Behind the last of those before it that are there.
                let at = stood.map_or(names.len(), |earlier| {
                    let last = names.iter().rposition(|name| earlier.contains(name));
                    last.map_or(0, |last| last + 1)
                });
                names.insert(at, op.column.name.clone());
                op.position = position(names, at);
            }
            _ => {}
        }
    }
}

/// Returns how the place of a column is said.
fn position(names: &[String], at: usize) -> Position {
    match at.checked_sub(1) {
        _ if at + 1 == names.len() => Position::Last,
        None => Position::First,
        Some(before) => Position::After(names[before].clone()),
    }
}
