//! Compares enum types, on databases where they are separate types.

use crate::operation::{AddEnumValue, CreateEnum, DropEnum, EnumValuePosition, Operation};
use crate::schema::{EnumType, Schema, Table, Type};

use super::order::{Phase, Steps};
use super::{Sides, UnresolvedDifference};

/// Adds the operations that turn the types of `from` into those of `to`; returns the differences that no operation can
/// remove.
pub(super) fn compare(
    sides: &Sides<'_>,
    dropped: &[String],
    steps: &mut Steps,
) -> Vec<UnresolvedDifference> {
    let mut notes = Vec::new();
    for kind in &sides.to.enums {
        match find(sides.from, &kind.name) {
            Some(before) => notes.extend(change(before, kind, steps)),
            None => steps.push(
                Phase::CreateEnum,
                "",
                Operation::CreateEnum(CreateEnum::new(kind.clone())),
            ),
        }
    }
    for kind in &sides.from.enums {
        if find(sides.to, &kind.name).is_none() && is_left(&kind.name, sides, dropped) {
            let mut operation = DropEnum::new(&kind.name);
            operation.enum_type = Some(kind.clone());
            steps.push(Phase::DropEnum, "", Operation::DropEnum(operation));
        }
    }
    notes
}

fn find<'s>(schema: &'s Schema, name: &str) -> Option<&'s EnumType> {
    schema.enums.iter().find(|kind| kind.name == name)
}

/// Returns whether compared tables used the type and no table uses it any more. Types that only other tables used are
/// kept.
fn is_left(name: &str, sides: &Sides<'_>, dropped: &[String]) -> bool {
    let is_ours =
        |table: &&Table| sides.to.table(&table.name).is_some() || dropped.contains(&table.name);
    let (ours, kept): (Vec<&Table>, Vec<&Table>) = sides.from.tables.iter().partition(is_ours);
    let used = |table: &Table| uses(table, name);
    ours.into_iter().any(used) && !kept.into_iter().any(used) && !sides.to.tables.iter().any(used)
}

fn uses(table: &Table, name: &str) -> bool {
    table.columns.iter().any(|column| match &column.data_type {
        Type::Enum(kind) => kind.name == name,
        other => other.to_string().trim_end_matches("[]") == name,
    })
}

/// Adds the new values, each next to its neighbor.
fn change(from: &EnumType, to: &EnumType, steps: &mut Steps) -> Vec<UnresolvedDifference> {
    let is_old = |value: &&String| from.values.contains(value);
    for (at, value) in to.values.iter().enumerate() {
        if is_old(&value) {
            continue;
        }
        let mut operation = AddEnumValue::new(&to.name, value);
        // The preceding value exists: it existed before, or was added just now.
        let before = at.checked_sub(1).and_then(|before| to.values.get(before));
        operation.position = match (before, to.values[at..].iter().find(is_old)) {
            (_, None) => EnumValuePosition::Last,
            (Some(before), _) => EnumValuePosition::After(before.clone()),
            (None, Some(next)) => EnumValuePosition::Before(next.clone()),
        };
        steps.push(Phase::AddEnumValue, "", Operation::AddEnumValue(operation));
    }
    let gone: Vec<String> = from
        .values
        .iter()
        .filter(|value| !to.values.contains(value))
        .cloned()
        .collect();
    let stay = from.values.iter().filter(|value| !gone.contains(value));
    let order_differs = !stay.eq(to.values.iter().filter(is_old));
    let mut notes = Vec::new();
    if !gone.is_empty() {
        notes.push(UnresolvedDifference::EnumValuesKept {
            name: to.name.clone(),
            values: gone,
        });
    }
    if order_differs {
        notes.push(UnresolvedDifference::EnumOrderKept {
            name: to.name.clone(),
        });
    }
    notes
}
