//! Compares tables.

use crate::operation::{
    Constraint, CreateTable, DropTable, Operation, SetTableComment, SetTableOptions,
};
use crate::schema::{Check, ForeignKey, ForeignKeys, Table, Validity};

use super::foreign_key::{self, keys, same_columns};
use super::order::{Phase, Steps, referred_first};
use super::{ForeignKeyCycles, Grouping, Hints, Sides, column, constraint};

/// Adds the operations that create new tables. A key to a table that does not exist yet is added later.
pub(super) fn created(sides: &Sides<'_>, steps: &mut Steps) {
    for table in &sides.to.tables {
        if sides.from.table(&table.name).is_some() {
            continue;
        }
        let mut table = table.clone();
        let native = sides.to.definition(&table.name);
        let keys = std::mem::take(&mut table.foreign_keys);
        let (later, now): (Vec<_>, Vec<_>) =
            keys.into_iter()
                .partition(|key| match native.map(|native| native.keys) {
                    Some(ForeignKeys::Inside) => false,
                    Some(ForeignKeys::Added) => true,
                    None => is_added_later(&table, key, sides, steps),
                });
        table.foreign_keys = now;
        // A table is created with validated checks only. Others are added to it, so that they stay not validated.
        let not_valid = |check: &mut Check| check.validity == Validity::NotValid;
        let checks = match native {
            Some(_) => Vec::new(),
            None => table.checks.extract_if(.., not_valid).collect(),
        };
        for check in checks {
            let check = Constraint::Check(check);
            constraint::add(Phase::AddLateForeignKey, &table.name, check, steps);
        }
        for key in later {
            let key = Constraint::ForeignKey(key);
            constraint::add(Phase::AddLateForeignKey, &table.name, key, steps);
        }
        let name = table.name.clone();
        let operation = Operation::CreateTable(CreateTable {
            native: native.map_or_else(Vec::new, |native| native.create.clone()),
            ..CreateTable::new(table)
        });
        steps.push(Phase::CreateTable, &name, operation);
    }
}

fn is_added_later(table: &Table, key: &ForeignKey, sides: &Sides<'_>, steps: &Steps) -> bool {
    let Some(other) = sides.to.target(key) else {
        return sides.is_cross_schema(key);
    };
    if let Some(before) = sides.from.target(key) {
        // Tables are created before others are changed there.
        return sides.options.rules.grouping == Grouping::ByTable
            && !foreign_key::is_ready(key, before, other, sides);
    }
    if sides.options.rules.foreign_key_cycles == ForeignKeyCycles::InTables {
        return false;
    }
    // Columns that only an index makes unique are not unique before the index exists.
    let keyed = keys(other).any(|columns| same_columns(columns, &key.references));
    (!keyed && foreign_key::is_unique(&key.references, other, sides.to))
        || (!key.leads_to(&table.name) && steps.place(&key.table) > steps.place(&table.name))
}

/// Adds the operations that drop tables which `to` does not contain and the hints name. Returns the names of the
/// dropped and of the kept tables.
pub(super) fn dropped(
    sides: &Sides<'_>,
    hints: &Hints,
    steps: &mut Steps,
) -> (Vec<String>, Vec<String>) {
    let (dropped, kept): (Vec<&Table>, Vec<&Table>) = sides
        .from
        .tables
        .iter()
        .filter(|table| sides.to.table(&table.name).is_none())
        .partition(|table| hints.drop_tables.contains(&table.name));
    // A kept table can't reference a dropped one, and deletions there must not cascade to it.
    for table in &kept {
        let references_dropped =
            |key: &&ForeignKey| dropped.iter().any(|other| key.leads_to(&other.name));
        for key in table.foreign_keys.iter().filter(references_dropped) {
            let key = Constraint::ForeignKey(key.clone());
            constraint::drop(Phase::BreakCycle, &table.name, key, steps);
        }
        foreign_key::of_kept(table, sides, steps);
    }
    let mut order = referred_first(&dropped);
    order.reverse();
    for (at, table) in order.iter().enumerate() {
        drop(table, &order[..at], sides, steps);
    }
    let names = |tables: &[&Table]| tables.iter().map(|table| table.name.clone()).collect();
    (names(&dropped), names(&kept))
}

/// Drops a table. A key to a table that is dropped earlier, or to a changed object, is dropped first.
fn drop(table: &Table, before: &[&Table], sides: &Sides<'_>, steps: &mut Steps) {
    let mut own = table.clone();
    let native = sides.from.definition(&table.name);
    for key in std::mem::take(&mut own.foreign_keys) {
        let inside = native.is_some_and(|native| native.keys == ForeignKeys::Inside);
        let phase = if inside {
            own.foreign_keys.push(key);
            continue;
        } else if foreign_key::must_drop_first(table, &key, sides) {
            Phase::DropBlockingForeignKey
        } else if sides.is_cross_schema(&key)
            || before.iter().any(|other| key.leads_to(&other.name))
        {
            Phase::BreakCycle
        } else {
            own.foreign_keys.push(key);
            continue;
        };
        constraint::drop(phase, &table.name, Constraint::ForeignKey(key), steps);
    }
    let mut operation = DropTable::new(&table.name);
    operation.table = Some(own);
    operation.native = native.map_or_else(Vec::new, |native| native.create.clone());
    steps.push(
        Phase::DropTable,
        &table.name,
        Operation::DropTable(operation),
    );
}

/// Adds the operations that change a table.
pub(super) fn altered(from: &Table, to: &Table, sides: &Sides<'_>, steps: &mut Steps) {
    column::compare(from, to, sides.options, steps);
    constraint::compare(from, to, sides, steps);
    foreign_key::compare(from, to, sides, steps);
    if sides.options.comments && from.comment != to.comment {
        let mut operation = SetTableComment::new(&to.name, to.comment.clone());
        operation.from = Some(from.comment.clone());
        steps.push(
            Phase::SetTable,
            &to.name,
            Operation::SetTableComment(operation),
        );
    }
    // Options that no model sets differently are left to the database.
    let is_compared = to.options.is_some() || sides.options.natives;
    if is_compared && from.options != to.options {
        let mut operation = SetTableOptions::new(&to.name, to.options.clone());
        operation.from = Some(from.options.clone());
        steps.push(
            Phase::SetTable,
            &to.name,
            Operation::SetTableOptions(operation),
        );
    }
}
