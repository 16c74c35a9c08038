//! Orders operations, so that each follows what it needs.

use crate::operation::Operation;
use crate::schema::{Object, Schema, Table};

use super::{Grouping, Options};

/// The phases, in order. Operations of one phase are sorted by table; those on one table keep their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Schemas, which contain everything else.
    CreateSchema,
    /// Objects that belong to changed or dropped tables and views: policies, rules.
    DropLast,
    DropTrigger,
    DropView,
    /// Objects that tables need: extensions, domains, sequences, functions.
    CreateNative,
    CreateEnum,
    AddEnumValue,
    /// A foreign key that would have no valid name after its table is renamed.
    DropUnnamedForeignKey,
    RenameTable,
    RenameColumn,
    /// A foreign key whose referenced side changes. It is dropped before any change there.
    DropBlockingForeignKey,
    DropForeignKey,
    RenameIndex,
    DropIndex,
    DropConstraint,
    DropRecreated,
    AddColumn,
    AlterColumn,
    AddComputed,
    DropColumn,
    SetTable,
    AddConstraint,
    CreateIndex,
    CreateTable,
    CreateIndexOnNewTable,
    AddForeignKey,
    /// A foreign key whose referenced columns are created by the changes of another table.
    AddLateForeignKey,
    /// A foreign key between two tables that are dropped.
    BreakCycle,
    DropIndexOnDroppedTable,
    DropTableDependents,
    DropTable,
    DropEnum,
    DropNative,
    /// Objects that need tables and no view: virtual tables, partitions.
    CreateTableDependents,
    CreateView,
    CreateTrigger,
    CreateLast,
    SetProperty,
    /// Schemas, which are empty by now.
    DropSchema,
}

/// The position of an operation. Operations of all schemas are sorted together, in this order.
pub(super) type SortKey = (Phase, u8, usize, usize, Phase);

impl Phase {
    /// Whether it changes a table that exists before and after.
    fn is_on_a_table(self) -> bool {
        (Phase::DropForeignKey..=Phase::CreateIndex).contains(&self) || self == Phase::AddForeignKey
    }
}

/// The operations found so far.
pub(super) struct Steps {
    list: Vec<(Phase, usize, Operation)>,
    /// The tables afterwards, referenced tables first.
    tables: Vec<String>,
    grouping: Grouping,
}

impl Steps {
    pub(super) fn new(to: &Schema, options: &Options) -> Steps {
        let tables: Vec<&Table> = to.tables.iter().collect();
        Steps {
            list: Vec::new(),
            tables: referred_first(&tables)
                .into_iter()
                .map(|table| table.name.clone())
                .collect(),
            grouping: options.rules.grouping,
        }
    }

    /// Returns the position of a table among the tables afterwards.
    pub(super) fn place(&self, table: &str) -> usize {
        self.tables
            .iter()
            .position(|name| name == table)
            .unwrap_or(self.tables.len())
    }

    /// Adds an operation on `table`.
    pub(super) fn push(&mut self, phase: Phase, table: &str, operation: Operation) {
        let position = match phase {
            // These are already in their final order.
            Phase::DropUnnamedForeignKey
            | Phase::RenameTable
            | Phase::BreakCycle
            | Phase::DropTable => 0,
            _ => self.place(table),
        };
        self.list.push((phase, position, operation));
    }

    /// Returns the tables with a column that is dropped or gets another type.
    pub(super) fn touched(&self) -> Vec<String> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        operations
            .filter_map(|operation| match operation {
                Operation::AlterColumn(op) if op.data_type.is_some() => Some(op.table.clone()),
                Operation::DropColumn(op) => Some(op.table.clone()),
                _ => None,
            })
            .collect()
    }

    /// Returns the columns whose type changes, each with its table.
    pub(super) fn retyped(&self) -> Vec<(String, String)> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        operations
            .filter_map(|operation| match operation {
                Operation::AlterColumn(op) if op.data_type.is_some() => {
                    Some((op.table.clone(), op.name.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// Returns the dropped objects, including those that are recreated.
    pub(super) fn dropped(&self) -> Vec<Object> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        let dropped_object = |it: &Operation| it.drops().or_else(|| dropped_constraint(it));
        operations.filter_map(dropped_object).collect()
    }

    /// Returns the created objects, including those that are recreated.
    pub(super) fn created(&self) -> Vec<Object> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        let created_object = |it: &Operation| it.makes().or_else(|| added_constraint(it));
        operations.filter_map(created_object).collect()
    }

    /// Returns the recreated objects.
    pub(super) fn recreated(&self) -> Vec<Object> {
        let dropped = self.dropped();
        let mut recreated = self.created();
        recreated.retain(|object| dropped.contains(object));
        recreated
    }

    /// Returns mutable access to all operations.
    pub(super) fn operations(&mut self) -> impl Iterator<Item = &mut Operation> {
        self.list.iter_mut().map(|(_, _, operation)| operation)
    }

    /// Replaces each operation by the result of `change`. If it also returns a number, the operation moves after those
    /// on all tables, in the order of the numbers.
    pub(super) fn filter_map(&mut self, change: impl Fn(Operation) -> Option<(Operation, usize)>) {
        let tables = self.tables.len();
        let list = std::mem::take(&mut self.list).into_iter();
        let kept = list.filter_map(|(phase, position, operation)| {
            let (operation, behind) = change(operation)?;
            let position = if behind > 0 {
                tables + behind
            } else {
                position
            };
            Some((phase, position, operation))
        });
        self.list = kept.collect();
    }

    /// Returns all operations with their positions; `schema` is the number of the schema.
    pub(super) fn placed(self, schema: usize) -> impl Iterator<Item = (SortKey, Operation)> {
        let grouping = self.grouping;
        let sort_key = move |phase: Phase, position: usize| match grouping {
            Grouping::ByTable if phase == Phase::CreateTable => {
                (Phase::DropForeignKey, 0, schema, position, phase)
            }
            Grouping::ByTable if phase.is_on_a_table() => {
                (Phase::DropForeignKey, 1, schema, position, phase)
            }
            _ => (phase, 0, schema, position, phase),
        };
        let list = self.list.into_iter();
        list.map(move |(phase, position, operation)| (sort_key(phase, position), operation))
    }
}

/// Returns the constraint that an operation drops by name.
fn dropped_constraint(operation: &Operation) -> Option<Object> {
    match operation {
        Operation::DropConstraint(op) => Some(Object::of_table(
            "constraint",
            &op.table,
            op.reference.name()?,
        )),
        _ => None,
    }
}

/// Returns the constraint that an operation adds with a name.
fn added_constraint(operation: &Operation) -> Option<Object> {
    match operation {
        Operation::AddConstraint(op) => Some(Object::of_table(
            "constraint",
            &op.table,
            op.constraint.name()?,
        )),
        _ => None,
    }
}

/// Returns the tables with referenced tables first, otherwise in the given order. In a cycle, the first table of the
/// cycle is first.
pub(super) fn referred_first<'t>(tables: &[&'t Table]) -> Vec<&'t Table> {
    let mut open: Vec<&Table> = tables.to_vec();
    let mut sorted = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let references_open = |table: &Table, open: &[&'t Table]| {
            open.iter()
                .any(|other| other.name != table.name && references(table, other))
        };
        let free = open.iter().position(|table| !references_open(table, &open));
        let at = free.or_else(|| (0..open.len()).find(|at| in_cycle(*at, &open)));
        sorted.push(open.remove(at.unwrap_or(0)));
    }
    sorted
}

fn references(table: &Table, other: &Table) -> bool {
    table
        .foreign_keys
        .iter()
        .any(|key| key.leads_to(&other.name))
}

/// Returns whether the keys of the table at `start` reference it again through other tables.
fn in_cycle(start: usize, tables: &[&Table]) -> bool {
    let mut seen = vec![false; tables.len()];
    let mut next = vec![start];
    while let Some(at) = next.pop() {
        for (other, table) in tables.iter().enumerate() {
            if other == at || !references(tables[at], table) {
                continue;
            }
            if other == start {
                return true;
            }
            if !std::mem::replace(&mut seen[other], true) {
                next.push(other);
            }
        }
    }
    false
}
