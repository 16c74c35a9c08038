//! Reorders operations by the dependencies that the databases report.

use std::collections::{BTreeMap, HashSet};

use crate::operation::{AddConstraint, AlterColumn, Constraint, DropConstraint, Operation};
use crate::schema::{DefaultValue, ForeignKey, Need, Object, Schema, Table};

use super::rename::words;

/// Returns the operations so that each object is created after those it needs, and dropped after those that need it.
/// Without a known dependency, and in a cycle of dependencies, the order is unchanged.
pub(super) fn in_order(
    mut operations: Vec<Operation>,
    from: &Schema,
    to: &Schema,
) -> Vec<Operation> {
    let needs = |schema: &Schema, list: fn(&Schema) -> &Vec<Need>| -> Vec<Need> {
        let all = schema.all().flat_map(|(_, one)| list(one));
        all.cloned().collect()
    };
    let [before_all, after_all] = [from, to].map(|schema| needs(schema, |one| &one.needs));
    if before_all.is_empty() && after_all.is_empty() && !has_indexed_views(&operations) {
        return operations;
    }
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    let created = indices(&operations, Operation::makes);
    let dropped = indices(&operations, Operation::drops);
    for Need { object, needs } in after_all.iter().chain(&indexed_views(&operations)) {
        if let (Some(object), Some(needs)) = (created.get(object), created.get(needs)) {
            before[*object].push(*needs);
        }
    }
    for Need { object, needs } in &before_all {
        if let (Some(object), Some(needs)) = (dropped.get(object), dropped.get(needs)) {
            before[*needs].push(*object);
        }
    }
    // Drops precede recreations.
    for (object, created) in &created {
        if let Some(dropped) = dropped.get(object) {
            before[*created].push(*dropped);
        }
    }
    break_cycles(&mut operations, &mut before);
    // A name in a text may refer to another object, so it never overrides a reported dependency.
    for Need { object, needs } in &needs(to, |one| &one.mentions) {
        if let (Some(&object), Some(&needs)) = (created.get(object), created.get(needs))
            && !must_precede(object, needs, &before)
        {
            before[object].push(needs);
        }
    }
    let mut order = Vec::with_capacity(operations.len());
    let mut seen = HashSet::new();
    for at in 0..operations.len() {
        visit(at, &before, &mut seen, &mut order);
    }
    separate_keys_and_sort(operations, &order)
}

/// Returns the objects of the operations, each with the index of its operation.
fn indices(
    operations: &[Operation],
    object: fn(&Operation) -> Option<Object>,
) -> BTreeMap<Object, usize> {
    let found = operations.iter().enumerate();
    found
        .filter_map(|(at, operation)| Some((object(operation)?, at)))
        .collect()
}

/// Returns whether an operation must precede another, by the dependencies known so far.
fn must_precede(first: usize, second: usize, before: &[Vec<usize>]) -> bool {
    let (mut seen, mut order) = (HashSet::new(), Vec::new());
    visit(second, before, &mut seen, &mut order);
    seen.contains(&first)
}

/// Reorders operations. If a table is created earlier or dropped later than before, a foreign key whose other table
/// does not exist at that point becomes a separate operation.
fn separate_keys_and_sort(mut operations: Vec<Operation>, order: &[usize]) -> Vec<Operation> {
    let mut position = vec![0; order.len()];
    for (at, operation) in order.iter().enumerate() {
        position[*operation] = at;
    }
    let created = indices(&operations, Operation::makes);
    let dropped = indices(&operations, Operation::drops);
    let mut separate_keys: BTreeMap<usize, Vec<Operation>> = BTreeMap::new();
    for (at, operation) in operations.iter_mut().enumerate() {
        let schema = operation.place().0.map(str::to_owned);
        let schema = schema.as_deref();
        let Some((table, is_created)) = own_table(operation) else {
            continue;
        };
        let others = if is_created { &created } else { &dropped };
        let needs_separation = |key: &mut ForeignKey| {
            let other = Object::new("table", &key.table).placed(schema);
            let other = others.get(&other).filter(|_| key.schema.is_none());
            other.is_some_and(|&other| match is_created {
                true => other < at && position[other] > position[at],
                false => other > at && position[other] < position[at],
            })
        };
        let keys: Vec<ForeignKey> = table
            .foreign_keys
            .extract_if(.., needs_separation)
            .collect();
        for key in keys {
            let other = Object::new("table", &key.table).placed(schema);
            let separate = separate_foreign_key(&table.name, key, is_created).done_in(schema);
            separate_keys
                .entry(others[&other])
                .or_default()
                .push(separate);
        }
    }
    let mut sorted = Vec::with_capacity(operations.len());
    let mut operations: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    for &at in order {
        let operation = operations[at].take();
        let is_created = operation.as_ref().is_some_and(|it| it.makes().is_some());
        let keys = separate_keys.remove(&at).unwrap_or_default();
        match is_created {
            true => sorted.extend(operation.into_iter().chain(keys)),
            false => sorted.extend(keys.into_iter().chain(operation)),
        }
    }
    sorted
}

/// Returns the table that an operation creates or drops, and which of the two it does.
fn own_table(operation: &mut Operation) -> Option<(&mut Table, bool)> {
    match operation {
        Operation::CreateTable(op) => Some((&mut op.table, true)),
        Operation::DropTable(op) => Some((op.table.as_mut()?, false)),
        Operation::InSchema(op) => own_table(&mut op.operation),
        _ => None,
    }
}

/// Returns the operation that adds a foreign key to an existing table, or drops it.
fn separate_foreign_key(table: &str, key: ForeignKey, is_created: bool) -> Operation {
    let key = Constraint::ForeignKey(key);
    match is_created {
        true => Operation::AddConstraint(AddConstraint::new(table, key)),
        false => {
            let mut drop = DropConstraint::of(table, key.reference());
            drop.constraint = Some(key);
            Operation::DropConstraint(drop)
        }
    }
}

/// Adds an operation after all operations that must precede it.
fn visit(start: usize, before: &[Vec<usize>], seen: &mut HashSet<usize>, order: &mut Vec<usize>) {
    // An explicit stack: a chain of views may be longer than the thread's stack allows.
    let mut stack = vec![(start, 0)];
    if !seen.insert(start) {
        return;
    }
    while let Some((at, next)) = stack.last_mut() {
        match before[*at].get(*next) {
            Some(&needed) => {
                *next += 1;
                if seen.insert(needed) {
                    stack.push((needed, 0));
                }
            }
            None => {
                order.push(*at);
                stack.pop();
            }
        }
    }
}

/// Splits tables that depend on a function which depends on the table, through a check or a default. The table is
/// created without these, and they are added after the function.
fn break_cycles(operations: &mut Vec<Operation>, before: &mut Vec<Vec<usize>>) {
    for at in 0..operations.len() {
        for function in before[at].clone() {
            let Some(name) = called(&operations[function]) else {
                continue;
            };
            if !must_precede(at, function, before) {
                continue;
            }
            let (schema, _) = operations[at].place();
            let schema = schema.map(str::to_owned);
            let Some(table) = created(&mut operations[at]) else {
                continue;
            };
            let later = later(table, &name);
            if !later.is_empty() {
                before[at].retain(|needed| *needed != function);
            }
            for operation in later {
                operations.push(operation.done_in(schema.as_deref()));
                before.push(vec![at, function]);
            }
        }
    }
}

/// Returns the definition of the table that an operation creates.
fn created(operation: &mut Operation) -> Option<&mut Table> {
    match operation {
        Operation::CreateTable(op) if op.native.is_empty() => Some(&mut op.table),
        Operation::InSchema(op) => created(&mut op.operation),
        _ => None,
    }
}

/// Returns the name by which expressions call the function that an operation creates, if it creates one.
fn called(operation: &Operation) -> Option<String> {
    let function = operation.makes()?;
    let (name, _) = function.name.split_once('(')?;
    let name = name.rsplit('.').next().unwrap_or(name);
    (function.kind == "function").then(|| name.trim_matches('"').to_owned())
}

/// Removes the checks and defaults of a table that call a function, and returns the operations that add them.
fn later(table: &mut Table, function: &str) -> Vec<Operation> {
    let calls = |sql: &str| words(sql).iter().any(|word| word == function);
    let checks = table.checks.extract_if(.., |check| calls(&check.condition));
    let mut later: Vec<Operation> = checks
        .map(|check| AddConstraint::new(&table.name, Constraint::Check(check)))
        .map(Operation::AddConstraint)
        .collect();
    for column in &mut table.columns {
        let is_call = matches!(&column.default, Some(DefaultValue::Expression(sql)) if calls(sql));
        if let Some(default) = column.default.take_if(|_| is_call) {
            let mut set = AlterColumn::new(&table.name, &column.name);
            set.default = Some(Some(default));
            set.from = Some(Box::new(column.clone()));
            later.push(Operation::AlterColumn(set));
        }
    }
    later
}

/// Returns the dependencies of indexes on materialized views, which are created late.
fn indexed_views(operations: &[Operation]) -> Vec<Need> {
    let indexes = operations.iter().filter_map(|operation| {
        let (schema, Operation::CreateIndex(op)) = operation.place() else {
            return None;
        };
        let view = Object::new("view", &op.index.table).placed(schema);
        Some(Need::new(operation.makes()?, view))
    });
    indexes.collect()
}

fn has_indexed_views(operations: &[Operation]) -> bool {
    operations.iter().any(|operation| {
        matches!(operation.place().1, Operation::CreateView(op) if op.view.kind == crate::schema::ViewKind::Materialized)
    })
}
