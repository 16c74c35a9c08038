//! The foreign keys of one table before and after, and those that have to go while something at an end of them changes.

use crate::op::Constraint;
use crate::schema::{ForeignKey, Table};

use super::constraint::{add, drop, pair};
use super::order::{Phase, Steps};
use super::{Keys, Sides, column};

/// Adds what makes the foreign keys of `to` out of those of `from`.
pub(super) fn compare(from: &Table, to: &Table, sides: &Sides<'_>, steps: &mut Steps) {
    let let_go = |key: &ForeignKey| is_let_go(key, from, to, sides);
    let paired = pair(&from.foreign_keys, &to.foreign_keys, sides);
    for key in paired.gone {
        let phase = match let_go(key) {
            true => Phase::LetGo,
            false => Phase::DropForeignKey,
        };
        drop(phase, &to.name, Constraint::ForeignKey(key.clone()), steps);
    }
    for key in paired.new {
        let key = Constraint::ForeignKey(key.clone());
        add(Phase::AddForeignKey, &to.name, key, steps);
    }
    if sides.options.rules.keys == Keys::Stay {
        return;
    }
    for (before, _) in paired.same.iter().filter(|(before, _)| let_go(before)) {
        let key = Constraint::ForeignKey((*before).clone());
        drop(Phase::LetGo, &to.name, key.clone(), steps);
        add(Phase::AddForeignKey, &to.name, key, steps);
    }
}

/// Returns whether a key can't stay while the operations run: a column at one of its ends gets another type, or what makes
/// the other end unique goes.
fn is_let_go(key: &ForeignKey, from: &Table, to: &Table, sides: &Sides<'_>) -> bool {
    let here = key
        .columns
        .iter()
        .any(|name| column::is_remade(from, to, name, sides.options));
    let (Some(before), Some(after)) = (sides.from.table(&key.table), sides.to.table(&key.table))
    else {
        return here;
    };
    let there = key
        .references
        .iter()
        .any(|name| column::is_remade(before, after, name, sides.options));
    here || there || loses_key(&key.references, before, after, sides)
}

/// Returns whether a key, a unique constraint or a unique index over these columns goes.
fn loses_key(columns: &[String], before: &Table, after: &Table, sides: &Sides<'_>) -> bool {
    let primary = pair(&before.primary_key, &after.primary_key, sides).gone;
    let uniques = pair(&before.uniques, &after.uniques, sides).gone;
    let indexes = sides.from.indexes.iter().filter(|index| {
        index.unique && index.table == before.name && !sides.to.indexes.contains(index)
    });
    let goes = |key: &[String]| same_columns(key, columns);
    primary.iter().any(|key| goes(&key.columns))
        || uniques.iter().any(|unique| goes(&unique.columns))
        || indexes.map(super::index::columns).any(|key| goes(&key))
}

/// Returns the columns of each key of a table.
pub(super) fn keys(table: &Table) -> impl Iterator<Item = &[String]> {
    let primary = table.primary_key.iter().map(|key| key.columns.as_slice());
    primary.chain(table.uniques.iter().map(|unique| unique.columns.as_slice()))
}

/// Returns whether these are the same columns, in whatever order.
pub(super) fn same_columns(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|name| other.contains(name))
}
