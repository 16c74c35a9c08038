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
    let mut unresolved = Vec::new();
    for enum_type in &sides.to.enums {
        match find(sides.from, &enum_type.name) {
            Some(before) => unresolved.extend(change(before, enum_type, steps)),
            None => steps.push(
                Phase::CreateEnum,
                "",
                Operation::CreateEnum(CreateEnum::new(enum_type.clone())),
            ),
        }
    }
    for enum_type in &sides.from.enums {
        if find(sides.to, &enum_type.name).is_none() && is_left(&enum_type.name, sides, dropped) {
            let mut operation = DropEnum::new(&enum_type.name);
            operation.enum_type = Some(enum_type.clone());
            steps.push(Phase::DropEnum, "", Operation::DropEnum(operation));
        }
    }
    unresolved
}

fn find<'s>(schema: &'s Schema, name: &str) -> Option<&'s EnumType> {
    schema.enums.iter().find(|enum_type| enum_type.name == name)
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
        Type::Enum(enum_type) => enum_type.name == name,
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
    let removed: Vec<String> = from
        .values
        .iter()
        .filter(|value| !to.values.contains(value))
        .cloned()
        .collect();
    let kept = from.values.iter().filter(|value| !removed.contains(value));
    let order_differs = !kept.eq(to.values.iter().filter(is_old));
    let mut unresolved = Vec::new();
    if !removed.is_empty() {
        unresolved.push(UnresolvedDifference::EnumValuesKept {
            name: to.name.clone(),
            values: removed,
        });
    }
    if order_differs {
        unresolved.push(UnresolvedDifference::EnumOrderKept {
            name: to.name.clone(),
        });
    }
    unresolved
}
