//! Compares the foreign keys of one table, and those that must be dropped while a column at either side changes.

use crate::operation::Constraint;
use crate::schema::{ForeignKey, Schema, Table};

use super::constraint::{add, drop, pair};
use super::order::{Phase, Steps};
use super::{ForeignKeysOnRetype, Sides, column};

/// Adds the operations that turn the foreign keys of `from` into those of `to`.
pub(super) fn compare(from: &Table, to: &Table, sides: &Sides<'_>, steps: &mut Steps) {
    let must_drop_key = |key: &ForeignKey| must_drop(key, from, to, sides);
    let paired = pair(&from.foreign_keys, &to.foreign_keys, sides, |name| {
        sides.wants(name)
    });
    for key in paired.gone {
        let phase = match must_drop_key(key) {
            true => Phase::DropBlockingForeignKey,
            false => Phase::DropForeignKey,
        };
        drop(phase, &to.name, Constraint::ForeignKey(key.clone()), steps);
    }
    for key in paired.new {
        let phase = match references_later_change(key, to, sides, steps) {
            true => Phase::AddLateForeignKey,
            false => Phase::AddForeignKey,
        };
        add(phase, &to.name, Constraint::ForeignKey(key.clone()), steps);
    }
    if sides.options.rules.foreign_keys_on_retype == ForeignKeysOnRetype::Keep {
        return;
    }
    for (before, _) in paired
        .same
        .iter()
        .filter(|(before, _)| must_drop_key(before))
    {
        let key = Constraint::ForeignKey((*before).clone());
        drop(Phase::DropBlockingForeignKey, &to.name, key.clone(), steps);
        add(Phase::AddForeignKey, &to.name, key, steps);
    }
}

/// Returns whether a new key references a table that is changed later, and is only valid after that change.
fn references_later_change(key: &ForeignKey, to: &Table, sides: &Sides<'_>, steps: &Steps) -> bool {
    let (before, after) = (sides.from.target(key), sides.to.target(key));
    before.zip(after).is_some_and(|(before, after)| {
        steps.place(&key.table) > steps.place(&to.name) && !is_ready(key, before, after, sides)
    })
}

/// Returns whether the referenced columns of a new key already exist, and are kept.
pub(super) fn is_ready(key: &ForeignKey, before: &Table, after: &Table, sides: &Sides<'_>) -> bool {
    let exists = keys(before).any(|columns| same_columns(columns, &key.references));
    let rules = sides.options.rules;
    exists
        && (rules.foreign_keys_on_retype == ForeignKeysOnRetype::Keep
            || !referenced_columns_change(key, before, after, sides))
}

/// Adds the operations for keys of a kept table whose referenced columns change.
pub(super) fn of_kept(table: &Table, sides: &Sides<'_>, steps: &mut Steps) {
    for key in &table.foreign_keys {
        let Some(after) = sides.to.target(key) else {
            continue;
        };
        let constraint = Constraint::ForeignKey(key.clone());
        if !remains_valid(table, key, after, sides) {
            drop(
                Phase::DropBlockingForeignKey,
                &table.name,
                constraint,
                steps,
            );
        } else if sides.options.rules.foreign_keys_on_retype == ForeignKeysOnRetype::Recreate
            && must_drop(key, table, table, sides)
        {
            drop(
                Phase::DropBlockingForeignKey,
                &table.name,
                constraint.clone(),
                steps,
            );
            add(Phase::AddForeignKey, &table.name, constraint, steps);
        }
    }
}

/// Returns whether a key of a dropped table must be dropped first, because its referenced columns change before.
pub(super) fn must_drop_first(table: &Table, key: &ForeignKey, sides: &Sides<'_>) -> bool {
    let after = sides.to.target(key);
    after.is_some_and(|after| {
        !remains_valid(table, key, after, sides) || must_drop(key, table, table, sides)
    })
}

/// Returns whether a key is still valid afterwards: its referenced columns keep their type and are unique.
fn remains_valid(table: &Table, key: &ForeignKey, after: &Table, sides: &Sides<'_>) -> bool {
    let before = sides.from.target(key);
    let fits = |name: &String| {
        let new = after.find_column(name).map(|column| &column.data_type);
        let old = before.and_then(|before| before.find_column(name));
        let position = key.references.iter().position(|other| other == name);
        let own = position
            .and_then(|at| key.columns.get(at))
            .and_then(|own| table.find_column(own));
        new.is_some()
            && (new == old.map(|column| &column.data_type)
                || new == own.map(|column| &column.data_type))
    };
    // A database that accepted a key to columns which are not unique still accepts it.
    let was_unique = before.is_none_or(|before| is_unique(&key.references, before, sides.from));
    key.references.iter().all(fits) && (!was_unique || is_unique(&key.references, after, sides.to))
}

/// Returns whether these columns of a table are unique.
pub(super) fn is_unique(columns: &[String], table: &Table, schema: &Schema) -> bool {
    let indexes = schema.indexes.iter();
    let mut unique = indexes.filter(|index| index.unique && index.table == table.name);
    keys(table).any(|key| same_columns(key, columns))
        || unique.any(|index| same_columns(&super::index::columns(index), columns))
}

/// Returns whether a key must be dropped while the operations run, because a column at either side gets another type,
/// or the referenced columns lose their unique constraint.
fn must_drop(key: &ForeignKey, from: &Table, to: &Table, sides: &Sides<'_>) -> bool {
    let own_changes = key
        .columns
        .iter()
        .any(|name| column::is_remade(from, to, name, sides.options));
    let (Some(before), Some(after)) = (sides.from.target(key), sides.to.target(key)) else {
        return own_changes;
    };
    own_changes || referenced_columns_change(key, before, after, sides)
}

/// Returns whether a referenced column gets another type, or the referenced columns lose their unique constraint.
fn referenced_columns_change(
    key: &ForeignKey,
    before: &Table,
    after: &Table,
    sides: &Sides<'_>,
) -> bool {
    let is_retyped = |name: &String| column::is_remade(before, after, name, sides.options);
    key.references.iter().any(is_retyped) || loses_key(&key.references, before, after, sides)
}

/// Returns whether a key, a unique constraint or a unique index on these columns is dropped.
fn loses_key(columns: &[String], before: &Table, after: &Table, sides: &Sides<'_>) -> bool {
    let is_taken = |name: &str| sides.wants_beside(after, name);
    let primary = pair(&before.primary_key, &after.primary_key, sides, is_taken).gone;
    let uniques = pair(&before.uniques, &after.uniques, sides, is_taken).gone;
    let indexes = sides.from.indexes.iter().filter(|index| {
        index.unique && index.table == before.name && !sides.to.indexes.contains(index)
    });
    let is_same = |key: &[String]| same_columns(key, columns);
    primary.iter().any(|key| is_same(&key.columns))
        || uniques.iter().any(|unique| is_same(&unique.columns))
        || indexes.map(super::index::columns).any(|key| is_same(&key))
}

/// Returns the columns of each key of a table.
pub(super) fn keys(table: &Table) -> impl Iterator<Item = &[String]> {
    let primary = table.primary_key.iter().map(|key| key.columns.as_slice());
    primary.chain(table.uniques.iter().map(|unique| unique.columns.as_slice()))
}

/// Returns whether these are the same columns, in any order.
pub(super) fn same_columns(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|name| other.contains(name))
}
