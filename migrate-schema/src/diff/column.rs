//! Compares the columns of one table.

use crate::operation::{AddColumn, AlterColumn, DropColumn, Operation};
use crate::schema::{Column, DefaultValue, Generated, Table};

use super::order::{Phase, Steps};
use super::rename::words;
use super::{Options, ViewsOnRetype};

/// Adds the operations that turn the columns of `from` into those of `to`. The order of columns is ignored.
pub(super) fn compare(from: &Table, to: &Table, options: &Options, steps: &mut Steps) {
    for column in &to.columns {
        let Some(before) = from.find_column(&column.name) else {
            add(&to.name, column, steps);
            continue;
        };
        match change(&to.name, before, column, options) {
            Change::None => {}
            // It is dropped and added below.
            Change::Alter(_) if is_replaced(before, from, to, options) => {}
            Change::Alter(alteration) => steps.push(
                Phase::AlterColumn,
                &to.name,
                Operation::AlterColumn(*alteration),
            ),
            Change::Replace => {
                drop(Phase::DropRecreated, &to.name, before, steps);
                add_filled(&to.name, column, computed(before), steps);
            }
        }
    }
    replace_computed(from, to, options, steps);
    let dropped = from
        .columns
        .iter()
        .filter(|column| to.find_column(&column.name).is_none());
    for column in dropped {
        // A generated column is dropped before a column that it reads is dropped or gets another type.
        let phase = match column.generated {
            Some(_) => Phase::DropRecreated,
            None => Phase::DropColumn,
        };
        drop(phase, &to.name, column, steps);
    }
}

/// Replaces unchanged generated columns that read a column whose type changes.
fn replace_computed(from: &Table, to: &Table, options: &Options, steps: &mut Steps) {
    for column in &to.columns {
        let Some(before) = from.find_column(&column.name) else {
            continue;
        };
        let altered = matches!(change("", before, column, options), Change::Replace);
        if !altered && is_replaced(before, from, to, options) {
            drop(Phase::DropRecreated, &to.name, before, steps);
            add(&to.name, column, steps);
        }
    }
}

fn is_replaced(before: &Column, from: &Table, to: &Table, options: &Options) -> bool {
    computed(before).is_some_and(|sql| reads_remade(sql, from, to, options))
}

/// Returns whether an expression reads a column whose type changes, if that matters to the database.
pub(super) fn reads_remade(sql: &str, from: &Table, to: &Table, options: &Options) -> bool {
    if options.rules.views_on_retype == ViewsOnRetype::Keep {
        return false;
    }
    let read = words(sql);
    let mut columns = from.columns.iter();
    columns.any(|column| {
        is_remade(from, to, &column.name, options)
            && (read.contains(&column.name) || read.contains(&column.name.to_lowercase()))
    })
}

/// Returns whether a column gets another type, or is dropped and recreated.
pub(super) fn is_remade(from: &Table, to: &Table, name: &str, options: &Options) -> bool {
    let (Some(from), Some(to)) = (from.find_column(name), to.find_column(name)) else {
        return false;
    };
    match change("", from, to, options) {
        Change::None => false,
        Change::Alter(alteration) => alteration.data_type.is_some(),
        Change::Replace => true,
    }
}

/// Returns whether a column is dropped and added again: objects that use it are dropped with it.
pub(super) fn is_recreated(from: &Table, to: &Table, name: &str, options: &Options) -> bool {
    let (Some(before), Some(after)) = (from.find_column(name), to.find_column(name)) else {
        return false;
    };
    matches!(change("", before, after, options), Change::Replace)
        || is_replaced(before, from, to, options)
}

/// Returns whether an expression reads a column that is dropped and added again.
pub(super) fn reads_recreated(sql: &str, from: &Table, to: &Table, options: &Options) -> bool {
    let columns = from.columns.iter();
    let mut recreated = columns.filter(|column| is_recreated(from, to, &column.name, options));
    let read = words(sql);
    recreated
        .any(|column| read.contains(&column.name) || read.contains(&column.name.to_lowercase()))
}

fn add(table: &str, column: &Column, steps: &mut Steps) {
    add_filled(table, column, None, steps);
}

/// Adds a column. A column that was generated keeps its values.
fn add_filled(table: &str, column: &Column, fill: Option<&str>, steps: &mut Steps) {
    let phase = match column.generated {
        Some(_) => Phase::AddComputed,
        None => Phase::AddColumn,
    };
    let mut operation = AddColumn::new(table, column.clone());
    operation.fill = fill
        .filter(|_| column.generated.is_none())
        .map(str::to_owned);
    steps.push(phase, table, Operation::AddColumn(operation));
}

/// Returns the expression of a generated column.
fn computed(column: &Column) -> Option<&str> {
    match &column.generated {
        Some(Generated::Virtual(sql) | Generated::Stored(sql)) => Some(sql),
        None => None,
    }
}

fn drop(phase: Phase, table: &str, column: &Column, steps: &mut Steps) {
    let mut operation = DropColumn::new(table, &column.name);
    operation.column = Some(column.clone());
    steps.push(phase, table, Operation::DropColumn(operation));
}

/// Returns the alteration that turns a column into the new one, if an alteration can.
pub(super) fn alteration(
    table: &str,
    from: &Column,
    to: &Column,
    options: &Options,
) -> Option<AlterColumn> {
    match change(table, from, to, options) {
        Change::Alter(alteration) => Some(*alteration),
        Change::None | Change::Replace => None,
    }
}

/// The change of a column.
enum Change {
    None,
    Alter(Box<AlterColumn>),
    /// Its generation expression changes, is added or is removed, so the column must be replaced.
    Replace,
}

fn change(table: &str, from: &Column, to: &Column, options: &Options) -> Change {
    if from.generated != to.generated {
        return Change::Replace;
    }
    let mut alteration = AlterColumn::new(table, &to.name);
    if options.types && from.data_type != to.data_type {
        alteration.data_type = Some(to.data_type.clone());
        alteration.casts = options
            .rules
            .casts
            .of(&to.name, &from.data_type, &to.data_type);
    }
    if from.not_null != to.not_null {
        alteration.not_null = Some(to.not_null);
    }
    let (old, new) = (default(from), default(to));
    if options.defaults && old != new && !is_same_number(old, new) {
        alteration.default = Some(new.cloned());
    }
    if options.comments && from.comment != to.comment {
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

/// Returns whether two defaults are the same number written differently: `1.5` and `1.50`.
fn is_same_number(old: Option<&DefaultValue>, new: Option<&DefaultValue>) -> bool {
    let digits = |value: Option<&DefaultValue>| match value? {
        DefaultValue::Real(number) => Some(number.to_string()),
        DefaultValue::Expression(sql) => Some(sql.trim_start_matches('-'))
            .filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
            .filter(|digits| digits.bytes().all(|c| c.is_ascii_digit() || c == b'.'))
            .map(|_| match sql.contains('.') {
                true => sql.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => sql.clone(),
            }),
        _ => None,
    };
    digits(old).is_some_and(|old| Some(old) == digits(new))
}

/// NULL as a default is the same as no default.
fn default(column: &Column) -> Option<&DefaultValue> {
    column
        .default
        .as_ref()
        .filter(|value| **value != DefaultValue::Null)
}
