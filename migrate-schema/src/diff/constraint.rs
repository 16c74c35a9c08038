//! Compares the constraints of one table.

use crate::operation::{AddConstraint, Constraint, DropConstraint, Operation};
use crate::schema::{ForeignKey, Table, Unique};

use super::order::{Phase, Steps};
use super::{DuplicateUniques, Sides, column};

/// Constraints of one kind, matched between two schemas.
pub(super) struct Paired<'s, T> {
    /// The unchanged ones, before and after.
    pub(super) same: Vec<(&'s T, &'s T)>,
    /// The dropped ones.
    pub(super) gone: Vec<&'s T>,
    /// The new ones.
    pub(super) new: Vec<&'s T>,
}

/// An object with an optional name and a definition.
pub(super) trait Named: Clone + PartialEq {
    /// Returns its name.
    fn name(&self) -> Option<&str>;
    /// Returns the same object without a name.
    fn nameless(&self) -> Self;
}

macro_rules! named {
    ($($kind:ty),*) => {$(
        impl Named for $kind {
            fn name(&self) -> Option<&str> {
                self.name.as_deref()
            }
            fn nameless(&self) -> Self {
                let mut copy = self.clone();
                copy.name = None;
                copy
            }
        }
    )*};
}

named!(
    crate::schema::PrimaryKey,
    Unique,
    ForeignKey,
    crate::schema::Check,
    crate::schema::Exclude
);

/// Matches equal definitions: first those with the same name, then any, unless the old name `is_wanted` for another
/// object.
pub(super) fn pair<'s, T: Named>(
    from: impl IntoIterator<Item = &'s T>,
    to: impl IntoIterator<Item = &'s T>,
    sides: &Sides<'_>,
    is_wanted: impl Fn(&str) -> bool,
) -> Paired<'s, T> {
    let mut gone: Vec<&T> = from.into_iter().collect();
    let mut open: Vec<Option<&T>> = to.into_iter().map(Some).collect();
    let mut same = Vec::new();
    let is_free = |name: Option<&str>| name.is_none_or(|name| !is_wanted(name));
    // The statements of a property name their constraint.
    let has_property = |name: Option<&str>| {
        let mut properties = [sides.from, sides.to]
            .into_iter()
            .flat_map(|schema| &schema.properties);
        sides.options.natives
            && properties.any(|property| {
                property.object.kind == "constraint" && Some(&*property.object.name) == name
            })
    };
    let any_name = |from: &T, to: &T| {
        let unnamed = from.name().is_none() || to.name().is_none();
        let named = [from, to].into_iter().any(|it| has_property(it.name()));
        (unnamed || !sides.options.constraint_names && !named) && is_free(from.name())
    };
    for by_name in [true, false] {
        for slot in &mut open {
            let Some(item) = *slot else { continue };
            let found = gone.iter().position(|other| {
                let named = other.name() == item.name();
                (if by_name {
                    named
                } else {
                    any_name(other, item)
                }) && other.nameless() == item.nameless()
            });
            if let Some(at) = found {
                same.push((gone.remove(at), item));
                *slot = None;
            }
        }
    }
    Paired {
        same,
        gone,
        new: open.into_iter().flatten().collect(),
    }
}

/// Adds the operations that turn the keys and checks of `from` into those of `to`; foreign keys are compared
/// separately.
pub(super) fn compare(from: &Table, to: &Table, sides: &Sides<'_>, steps: &mut Steps) {
    let is_taken = |name: &str| sides.wants_beside(to, name);
    let keys = pair(&from.primary_key, &to.primary_key, sides, is_taken);
    change(&to.name, &keys, Constraint::PrimaryKey, steps);
    let is_recreated = |columns: &[String]| {
        let mut columns = columns.iter();
        columns.any(|name| column::is_recreated(from, to, name, sides.options))
    };
    for (before, after) in &keys.same {
        if is_recreated(&after.columns) {
            recreate(&to.name, (*before).clone(), (*after).clone(), steps);
        }
    }
    let mut uniques = pair(&from.uniques, &to.uniques, sides, is_taken);
    if sides.options.rules.duplicate_uniques == DuplicateUniques::Merged {
        remove_duplicates(&mut uniques, to);
    }
    change(&to.name, &uniques, Constraint::Unique, steps);
    for (before, after) in &uniques.same {
        if is_recreated(&after.columns) {
            recreate(&to.name, (*before).clone(), (*after).clone(), steps);
        }
    }
    let checks = pair(&from.checks, &to.checks, sides, is_taken);
    change(&to.name, &checks, Constraint::Check, steps);
    // Some databases print a check differently once a column it reads has another type.
    for (before, after) in &checks.same {
        let sql = &before.condition;
        if column::reads_remade(sql, from, to, sides.options)
            || column::reads_recreated(sql, from, to, sides.options)
        {
            recreate(&to.name, (*before).clone(), (*after).clone(), steps);
        }
    }
    let excludes = pair(&from.excludes, &to.excludes, sides, is_taken);
    change(&to.name, &excludes, Constraint::Exclude, steps);
}

/// Recreates a constraint that the database would drop with its column.
fn recreate<T>(table: &str, before: T, after: T, steps: &mut Steps)
where
    Constraint: From<T>,
{
    drop(Phase::DropConstraint, table, before.into(), steps);
    add(Phase::AddConstraint, table, after.into(), steps);
}

/// Removes new constraints that duplicate another one: a database that creates both together keeps only one.
fn remove_duplicates(uniques: &mut Paired<'_, Unique>, to: &Table) {
    let mut known: Vec<Unique> = uniques
        .same
        .iter()
        .map(|(_, unique)| unique.nameless())
        .collect();
    known.extend(
        to.primary_key
            .iter()
            .map(|key| Unique::new(key.columns.clone())),
    );
    uniques.new.retain(|unique| {
        let unique = unique.nameless();
        let new = !known.contains(&unique);
        known.push(unique);
        new
    });
}

fn change<T: Clone>(
    table: &str,
    paired: &Paired<'_, T>,
    to_constraint: impl Fn(T) -> Constraint,
    steps: &mut Steps,
) {
    for item in &paired.gone {
        drop(
            Phase::DropConstraint,
            table,
            to_constraint((*item).clone()),
            steps,
        );
    }
    for item in &paired.new {
        add(
            Phase::AddConstraint,
            table,
            to_constraint((*item).clone()),
            steps,
        );
    }
}

/// Adds an operation that drops a constraint.
pub(super) fn drop(phase: Phase, table: &str, constraint: Constraint, steps: &mut Steps) {
    let mut operation = DropConstraint::of(table, constraint.reference());
    operation.constraint = Some(constraint);
    steps.push(phase, table, Operation::DropConstraint(operation));
}

/// Adds an operation that adds a constraint.
pub(super) fn add(phase: Phase, table: &str, constraint: Constraint, steps: &mut Steps) {
    let operation = Operation::AddConstraint(AddConstraint::new(table, constraint));
    steps.push(phase, table, operation);
}
