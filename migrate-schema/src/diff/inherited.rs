//! Operations that the database repeats on child tables by itself.

use std::collections::BTreeSet;

use crate::operation::{AddColumn, AlterColumn, Casts, Constraint, DropColumn, Native, Operation};
use crate::schema::{NativeObject, Object, Schema};

use super::order::Steps;
use super::{Options, column};

/// Removes operations on a table of `from` that the database does by itself, because the same happens to a parent
/// table.
pub(super) fn left_out(steps: &mut Steps, from: &Schema, to: &Schema, options: &Options) {
    let parents: BTreeSet<(&str, &str)> = from
        .properties
        .iter()
        .filter_map(|property| Some((property.object.relation()?, property.parent()?)))
        .collect();
    if parents.is_empty() {
        return;
    }
    for operation in steps.operations() {
        if let Operation::DropColumn(op) = operation
            && is_kept_below(op, from, to, &parents)
        {
            *operation = Operation::Native(dropped_alone(op, options));
        }
    }
    let operations: Vec<Operation> = steps.operations().map(|it| it.clone()).collect();
    let of_parents = |table: &str| -> Vec<&Operation> {
        let is_parent = |other: &str| parents.contains(&(table, other));
        let all = operations.iter();
        all.filter(|operation| operation.table().is_some_and(is_parent))
            .collect()
    };
    steps.filter_map(|operation| {
        let above = operation.table().map_or_else(Vec::new, of_parents);
        let depth = operation.table().map_or(0, |it| depth(it, &parents));
        match operation {
            Operation::AlterColumn(own) => Some((altered(own, &above)?, 0)),
            Operation::AddColumn(own) => match above.iter().find_map(|above| adds(above, &own)) {
                None => Some((Operation::AddColumn(own), 0)),
                Some(parents) => {
                    let own = column::alteration(&own.table, &parents.column, &own.column, options);
                    Some((Operation::AlterColumn(own?), depth))
                }
            },
            other if above.iter().any(|above| brings(above, &other)) => {
                // Columns and constraints that the table also defines itself are kept until they are dropped there,
                // too.
                is_its_own(&other, from).then_some((other, depth))
            }
            other => Some((other, 0)),
        }
    });
}

/// Returns whether a column is dropped of a table and kept in one that only inherits it.
fn is_kept_below(
    op: &DropColumn,
    from: &Schema,
    to: &Schema,
    parents: &BTreeSet<(&str, &str)>,
) -> bool {
    let heirs = parents.iter().filter(|(_, parent)| *parent == op.table);
    heirs.into_iter().any(|(heir, _)| {
        let after = to.table(heir);
        let stays = after.is_some_and(|table| table.find_column(&op.name).is_some());
        let own = Operation::DropColumn(DropColumn::new(*heir, &op.name));
        stays && !is_its_own(&own, from)
    })
}

/// Drops a column of a table alone: those that inherit the column have it as their own then. No statement reverses
/// this, because it can't become an inherited one again.
fn dropped_alone(op: &DropColumn, options: &Options) -> Native {
    let [table, column] =
        [&op.table, &op.name].map(|name| options.rules.identifier_quote.around(name));
    let mut change = Native::drop(&NativeObject::new(
        Object::of_table("column", &op.table, &op.name),
        "",
        "",
        format!("ALTER TABLE ONLY {table} DROP COLUMN {column}"),
    ));
    change.down = None;
    change
}

/// Returns the number of ancestors of a table on its longest path.
fn depth(table: &str, parents: &BTreeSet<(&str, &str)>) -> usize {
    let above = parents.iter().filter(|(heir, _)| *heir == table);
    let above = above.map(|(_, parent)| depth(parent, parents) + 1);
    above.max().unwrap_or(0)
}

/// Returns the operation that adds the same column to the table's parent.
fn adds<'o>(above: &'o Operation, own: &AddColumn) -> Option<&'o AddColumn> {
    match above {
        Operation::AddColumn(above) if above.column.name == own.column.name => Some(above),
        _ => None,
    }
}

/// Returns whether a table defines the dropped object itself, and does not only inherit it.
fn is_its_own(operation: &Operation, from: &Schema) -> bool {
    let (table, object) = match operation {
        Operation::DropColumn(op) => (&op.table, Object::of_table("column", &op.table, &op.name)),
        Operation::DropConstraint(op) => match op.constraint.as_ref().and_then(Constraint::name) {
            Some(name) => (&op.table, Object::of_table("constraint", &op.table, name)),
            None => return false,
        },
        _ => return false,
    };
    let mut definitions = from.definitions.iter();
    let definition = definitions.find(|definition| definition.table == *table);
    definition.is_some_and(|definition| !definition.inherited.contains(&object))
}

/// Returns whether an operation on the table's parent also does this to the table.
fn brings(above: &Operation, own: &Operation) -> bool {
    match (above, own) {
        (Operation::DropColumn(above), Operation::DropColumn(own)) => above.name == own.name,
        (Operation::RenameColumn(above), Operation::RenameColumn(own)) => {
            (&above.from, &above.to) == (&own.from, &own.to)
        }
        (Operation::AddConstraint(above), Operation::AddConstraint(own)) => {
            matches!(own.constraint, Constraint::Check(_)) && above.constraint == own.constraint
        }
        (Operation::DropConstraint(above), Operation::DropConstraint(own)) => {
            matches!(own.constraint, Some(Constraint::Check(_))) && above.reference == own.reference
        }
        _ => false,
    }
}

/// Returns the part of an alteration that the table's parents do not cause.
fn altered(mut own: AlterColumn, above: &[&Operation]) -> Option<Operation> {
    for above in above {
        let Operation::AlterColumn(above) = above else {
            continue;
        };
        if above.name != own.name {
            continue;
        }
        if above.data_type == own.data_type {
            (own.data_type, own.casts) = (None, Casts::default());
        }
        if above.not_null == own.not_null {
            own.not_null = None;
        }
        if above.default == own.default {
            own.default = None;
        }
    }
    (!own.is_empty()).then_some(Operation::AlterColumn(own))
}

#[cfg(test)]
mod tests {
    use crate::diff::{Hints, Options, compute};
    use crate::operation::Operation;
    use crate::schema::{
        Check, Column, Definition, INHERITS, Object, Property, Schema, Table, Type,
    };

    /// A table, one that inherits it, and one that does not.
    fn family(change: impl Fn(&mut Table)) -> Schema {
        let mut schema = Schema::default();
        for name in ["base", "kid", "other"] {
            let mut table = Table::new(name);
            table.column(Column::new("id", Type::Integer));
            table.column(Column::new("old", Type::Integer));
            change(&mut table);
            schema.tables.push(table);
        }
        let kid = Object::new("table", "kid");
        let property = Property::new(kid, format!("{INHERITS}base"), "base");
        schema.properties.push(property);
        schema
    }

    fn titles(change: impl Fn(&mut Table)) -> Vec<String> {
        let (from, to) = (family(|_| {}), family(change));
        let difference = compute(&from, &to, &Hints::default(), &Options::default());
        difference.operations.iter().map(Operation::title).collect()
    }

    #[test]
    fn operations_inherited_from_a_parent_are_not_repeated_on_its_children() {
        let change = |table: &mut Table| {
            table.columns[0].not_null = true;
            table.columns.truncate(1);
            table.column(Column::new("new", Type::Integer));
            table.checks.push(Check::new("id > 0").named("positive"));
        };
        let told = titles(change);
        assert!(!told.iter().any(|title| title.contains("kid")), "{told:#?}");
        let others = told.iter().filter(|title| title.contains("other")).count();
        assert_eq!(others, 4, "{told:#?}");
    }

    #[test]
    fn operations_on_a_child_only_are_kept() {
        let told = titles(|table| {
            let is_heir = table.name == "kid";
            table.columns[0].not_null = true;
            table.columns[0].comment = is_heir.then(|| "mine".to_owned());
            if is_heir {
                table.column(Column::new("own", Type::Integer));
            }
        });
        let of_heir: Vec<&String> = told.iter().filter(|title| title.contains("kid")).collect();
        assert_eq!(of_heir.len(), 2, "{told:#?}");
    }

    #[test]
    fn a_column_that_a_child_keeps_is_dropped_from_its_parent_only() {
        let mut from = family(|_| {});
        from.definitions.push(Definition {
            inherited: vec![
                Object::of_table("column", "kid", "id"),
                Object::of_table("column", "kid", "old"),
            ],
            ..Definition::new("kid", "")
        });
        let mut to = from.clone();
        to.tables[0].columns.truncate(1);
        let difference = compute(&from, &to, &Hints::default(), &Options::default());
        let [Operation::Native(change)] = &difference.operations[..] else {
            panic!("{difference:?}");
        };
        assert_eq!(change.up, ["ALTER TABLE ONLY \"base\" DROP COLUMN \"old\""]);
        assert_eq!(change.down, None);
        let body = crate::render::revision_body(&difference.operations);
        assert!(
            body.up.contains("justify losing the values of base.old"),
            "{}",
            body.up
        );
        assert!(body.down.contains("op.irreversible("), "{}", body.down);

        // Where it goes everywhere, the parent's statement is enough.
        to.tables[1].columns.truncate(1);
        let difference = compute(&from, &to, &Hints::default(), &Options::default());
        assert_eq!(difference.describe(), ["drop column `base.old`"]);
    }
}
