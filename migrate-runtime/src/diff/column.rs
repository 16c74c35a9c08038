//! One column before and after.

use crate::op::{AddColumn, AlterColumn, DropColumn, Operation};
use crate::schema::{Column, DefaultValue, Table};

use super::order::{Phase, Steps};
use super::{Compare, Options};

/// Adds what makes the columns of `to` out of those of `from`. Their order does not count.
pub(super) fn compare(from: &Table, to: &Table, options: &Options, steps: &mut Steps) {
    for column in &to.columns {
        let Some(before) = from.find_column(&column.name) else {
            add(&to.name, column, steps);
            continue;
        };
        match change(&to.name, before, column, options) {
            Change::None => {}
            Change::Alter(alteration) => steps.push(
                Phase::AlterColumn,
                &to.name,
                Operation::AlterColumn(*alteration),
            ),
            Change::Replace => {
                drop(Phase::DropReplaced, &to.name, before, steps);
                add(&to.name, column, steps);
            }
        }
    }
    let gone = from
        .columns
        .iter()
        .filter(|column| to.find_column(&column.name).is_none());
    // What is computed goes before what it is computed from.
    let (computed, plain): (Vec<_>, Vec<_>) = gone.partition(|column| column.generated.is_some());
    for column in computed.into_iter().chain(plain) {
        drop(Phase::DropColumn, &to.name, column, steps);
    }
}

/// Returns whether a column gets another type, or is dropped and added again.
pub(super) fn is_remade(from: &Table, to: &Table, name: &str, options: &Options) -> bool {
    let (Some(from), Some(to)) = (from.find_column(name), to.find_column(name)) else {
        return false;
    };
    match change("", from, to, options) {
        Change::None => false,
        Change::Alter(alteration) => alteration.kind.is_some(),
        Change::Replace => true,
    }
}

fn add(table: &str, column: &Column, steps: &mut Steps) {
    let operation = Operation::AddColumn(AddColumn::new(table, column.clone()));
    steps.push(Phase::AddColumn, table, operation);
}

fn drop(phase: Phase, table: &str, column: &Column, steps: &mut Steps) {
    let mut operation = DropColumn::new(table, &column.name);
    operation.column = Some(column.clone());
    steps.push(phase, table, Operation::DropColumn(operation));
}

/// What a column needs.
enum Change {
    None,
    Alter(Box<AlterColumn>),
    /// Its values are computed otherwise, or no longer: it is another column.
    Replace,
}

fn change(table: &str, from: &Column, to: &Column, options: &Options) -> Change {
    if from.generated != to.generated {
        return Change::Replace;
    }
    let mut alteration = AlterColumn::new(table, &to.name);
    if options.types == Compare::Yes && from.kind != to.kind {
        alteration.kind = Some(to.kind.clone());
    }
    if from.not_null != to.not_null {
        alteration.not_null = Some(to.not_null);
    }
    let (old, new) = (default(from), default(to));
    if options.defaults == Compare::Yes && old != new {
        alteration.default = Some(new.cloned());
    }
    if options.comments == Compare::Yes && from.comment != to.comment {
        alteration.comment = Some(to.comment.clone());
    }
    if from.collation != to.collation {
        alteration.collation = Some(to.collation.clone());
    }
    if from.identity != to.identity {
        alteration.identity = Some(to.identity);
    }
    if from.autoincrement != to.autoincrement {
        alteration.autoincrement = Some(to.autoincrement);
    }
    if alteration.is_empty() {
        return Change::None;
    }
    alteration.from = Some(Box::new(from.clone()));
    Change::Alter(Box::new(alteration))
}

/// NULL as a default is none.
fn default(column: &Column) -> Option<&DefaultValue> {
    column
        .default
        .as_ref()
        .filter(|value| **value != DefaultValue::Null)
}
