//! Compares all schemas of two databases, each with the one of the same name, and orders all operations together.

use crate::operation::{CreateSchema, DropSchema, Operation};
use crate::schema::{Column, Schema, Type};

use super::order::{Phase, SortKey};
use super::{Across, Compared, Hints, Options, SchemaDiff, UnresolvedDifference, dependency_order};

/// Returns the difference that turns the schemas of `from` into those of `to`.
pub(super) fn compare(from: &Schema, to: &Schema, hints: &Hints, options: &Options) -> SchemaDiff {
    let further = from.further(to);
    let across = match further.is_empty() {
        true => Across::WithTheTable,
        false => Across::Alone,
    };
    let mut all = All::default();
    all.add(0, None, super::compare(from, to, hints, options, across));
    let none = Schema::default();
    for (number, name) in (1..).zip(further) {
        let (before, after) = (from.others.get(name), to.others.get(name));
        let ends = [before.is_some(), after.is_some()];
        all.operations
            .extend(of_schema(name, ends, options).map(|it| placed(number, it)));
        let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
        let inside = super::compare(before, after, &hints.within(name), options, across);
        all.add(number, Some(name), inside);
    }
    all.operations
        .retain(|(_, operation)| !drops_used_type(operation, to));
    all.operations.sort_by_key(|(sort_key, _)| *sort_key);
    let operations = all.operations.into_iter().map(|(_, operation)| operation);
    all.difference.operations = dependency_order::in_order(operations.collect(), from, to);
    all.difference
}

/// Returns the operation that creates or drops a schema, by whether it exists before and after.
fn of_schema(name: &str, exists: [bool; 2], options: &Options) -> Option<Operation> {
    match exists {
        _ if options.rules.given_schema == Some(name) => None,
        [false, true] => Some(Operation::CreateSchema(CreateSchema::new(name))),
        // Models describe tables, and never request that a schema is dropped.
        [true, false] if options.natives => Some(Operation::DropSchema(DropSchema::new(name))),
        _ => None,
    }
}

/// Returns whether a type is dropped that a column of another schema uses, with or without its schema name.
fn drops_used_type(operation: &Operation, to: &Schema) -> bool {
    let (own, Operation::DropEnum(op)) = operation.place() else {
        return false;
    };
    let uses_type = |column: &Column| match &column.data_type {
        Type::Custom(sql) => {
            let base_name = sql.trim_end_matches("[]");
            let base_name = base_name
                .rsplit_once('.')
                .map_or(base_name, |(_, name)| name);
            base_name.trim_matches('"') == op.name
        }
        _ => false,
    };
    to.all().filter(|(name, _)| *name != own).any(|(_, other)| {
        let mut columns = other.tables.iter().flat_map(|table| &table.columns);
        columns.any(uses_type)
    })
}

fn placed(number: usize, operation: Operation) -> (SortKey, Operation) {
    let phase = match operation {
        Operation::DropSchema(_) => Phase::DropSchema,
        _ => Phase::CreateSchema,
    };
    ((phase, 0, number, 0, phase), operation)
}

/// The differences of all schemas.
#[derive(Default)]
struct All {
    operations: Vec<(SortKey, Operation)>,
    difference: SchemaDiff,
}

impl All {
    /// Adds the differences of one schema; `None` is the connection's own.
    fn add(&mut self, number: usize, name: Option<&str>, found: Compared) {
        let operations = found.steps.placed(number);
        self.operations
            .extend(operations.map(|(sort_key, operation)| (sort_key, operation.done_in(name))));
        let SchemaDiff {
            rename_candidates,
            unresolved,
            unmanaged_tables,
            ..
        } = &mut self.difference;
        let Some(name) = name else {
            rename_candidates.extend(found.rename_candidates);
            unresolved.extend(found.unresolved);
            unmanaged_tables.extend(found.unmanaged_tables);
            return;
        };
        let candidates = found.rename_candidates.into_iter();
        rename_candidates.extend(candidates.map(|candidate| candidate.of_schema(name)));
        let differences = found.unresolved.into_iter();
        unresolved.extend(differences.map(|note| UnresolvedDifference::InSchema {
            schema: name.to_owned(),
            note: Box::new(note),
        }));
        let unmanaged = found.unmanaged_tables.into_iter();
        unmanaged_tables.extend(unmanaged.map(|table| format!("{name}.{table}")));
    }
}
