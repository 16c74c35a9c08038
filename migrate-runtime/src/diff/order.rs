//! The order of operations: each after what it needs.

use crate::op::Operation;
use crate::schema::{Object, Schema, Table};

use super::{Grouping, Options};

/// What has to be done before what. Operations of one phase go by table, those on one table stay in the order they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// What everything else is made in.
    CreateSchema,
    /// What hangs on tables and views that go or change: policies, rules.
    DropLast,
    DropTrigger,
    DropView,
    /// What tables need: extensions, domains, sequences, functions.
    CreateNative,
    CreateEnum,
    AddEnumValue,
    /// A foreign key that would have no name once its table is renamed.
    LoseName,
    RenameTable,
    RenameColumn,
    /// A foreign key whose other end changes: it goes before anything there does.
    LetGo,
    DropForeignKey,
    RenameIndex,
    DropIndex,
    DropConstraint,
    DropReplaced,
    AddColumn,
    AlterColumn,
    AddComputed,
    DropColumn,
    SetTable,
    AddConstraint,
    CreateIndex,
    CreateTable,
    CreateItsIndex,
    AddForeignKey,
    /// A foreign key that leads to what only comes with another table's changes.
    AddLastKey,
    /// A foreign key between two tables that go.
    TakeApart,
    DropItsIndex,
    DropAfter,
    DropTable,
    DropEnum,
    DropNative,
    /// What needs tables and no view: virtual tables, partitions.
    CreateAfter,
    CreateView,
    CreateTrigger,
    CreateLast,
    SetProperty,
    /// What is empty by now.
    DropSchema,
}

/// Where an operation stands: operations of all schemas are done together, in this order.
pub(super) type Place = (Phase, u8, usize, usize, Phase);

impl Phase {
    /// Whether it changes a table that is there before and after.
    fn is_on_a_table(self) -> bool {
        (Phase::DropForeignKey..=Phase::CreateIndex).contains(&self) || self == Phase::AddForeignKey
    }
}

/// The operations found so far.
pub(super) struct Steps {
    list: Vec<(Phase, usize, Operation)>,
    /// The tables afterwards, those that others lead to first.
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

    /// Returns the place of a table among those that are there afterwards.
    pub(super) fn place(&self, table: &str) -> usize {
        self.tables
            .iter()
            .position(|name| name == table)
            .unwrap_or(self.tables.len())
    }

    /// Adds an operation on `table`.
    pub(super) fn push(&mut self, phase: Phase, table: &str, operation: Operation) {
        let place = match phase {
            // These come in the order they have to be done in.
            Phase::LoseName | Phase::RenameTable | Phase::TakeApart | Phase::DropTable => 0,
            _ => self.place(table),
        };
        self.list.push((phase, place, operation));
    }

    /// Returns the tables of which a column goes or gets another type.
    pub(super) fn touched(&self) -> Vec<String> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        operations
            .filter_map(|operation| match operation {
                Operation::AlterColumn(op) if op.kind.is_some() => Some(op.table.clone()),
                Operation::DropColumn(op) => Some(op.table.clone()),
                _ => None,
            })
            .collect()
    }

    /// Returns the columns that get another type, each with its table.
    pub(super) fn retyped(&self) -> Vec<(String, String)> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        operations
            .filter_map(|operation| match operation {
                Operation::AlterColumn(op) if op.kind.is_some() => {
                    Some((op.table.clone(), op.name.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// Returns the objects that go, also those that come again.
    pub(super) fn dropped(&self) -> Vec<Object> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        let gone = |it: &Operation| it.drops().or_else(|| dropped_constraint(it));
        operations.filter_map(gone).collect()
    }

    /// Returns the objects that come, also those that were there before.
    pub(super) fn made(&self) -> Vec<Object> {
        let operations = self.list.iter().map(|(_, _, operation)| operation);
        let made = |it: &Operation| it.makes().or_else(|| added_constraint(it));
        operations.filter_map(made).collect()
    }

    /// Returns the objects that go and come again.
    pub(super) fn made_again(&self) -> Vec<Object> {
        let gone = self.dropped();
        let mut made = self.made();
        made.retain(|object| gone.contains(object));
        made
    }

    /// Lends all operations.
    pub(super) fn operations(&mut self) -> impl Iterator<Item = &mut Operation> {
        self.list.iter_mut().map(|(_, _, operation)| operation)
    }

    /// Puts what `change` returns in the place of each operation; where it returns a number, behind those on all tables, in
    /// the order of the numbers.
    pub(super) fn filter_map(&mut self, change: impl Fn(Operation) -> Option<(Operation, usize)>) {
        let tables = self.tables.len();
        let list = std::mem::take(&mut self.list).into_iter();
        let kept = list.filter_map(|(phase, place, operation)| {
            let (operation, behind) = change(operation)?;
            let place = if behind > 0 { tables + behind } else { place };
            Some((phase, place, operation))
        });
        self.list = kept.collect();
    }

    /// Returns all operations, each with its place; `schema` says which schema it is, by number.
    pub(super) fn placed(self, schema: usize) -> impl Iterator<Item = (Place, Operation)> {
        let grouping = self.grouping;
        let placed = move |phase: Phase, place: usize| match grouping {
            Grouping::ByTable if phase == Phase::CreateTable => {
                (Phase::DropForeignKey, 0, schema, place, phase)
            }
            Grouping::ByTable if phase.is_on_a_table() => {
                (Phase::DropForeignKey, 1, schema, place, phase)
            }
            _ => (phase, 0, schema, place, phase),
        };
        let list = self.list.into_iter();
        list.map(move |(phase, place, operation)| (placed(phase, place), operation))
    }
}

/// Returns the constraint that an operation drops by its name.
fn dropped_constraint(operation: &Operation) -> Option<Object> {
    match operation {
        Operation::DropConstraint(op) => {
            Some(Object::of_table("constraint", &op.table, op.which.name()?))
        }
        _ => None,
    }
}

/// Returns the constraint that an operation adds under a name.
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

/// Returns the tables so that each comes after those that it leads to; in the order given where nothing is said. Where
/// tables lead to each other in a circle, the first of them comes first.
pub(super) fn referred_first<'t>(tables: &[&'t Table]) -> Vec<&'t Table> {
    let mut open: Vec<&Table> = tables.to_vec();
    let mut sorted = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let leads = |table: &Table, open: &[&'t Table]| {
            open.iter()
                .any(|other| other.name != table.name && leads_to(table, other))
        };
        let free = open.iter().position(|table| !leads(table, &open));
        let at = free.or_else(|| (0..open.len()).find(|at| in_circle(*at, &open)));
        sorted.push(open.remove(at.unwrap_or(0)));
    }
    sorted
}

fn leads_to(table: &Table, other: &Table) -> bool {
    table
        .foreign_keys
        .iter()
        .any(|key| key.leads_to(&other.name))
}

/// Returns whether the keys of the table at `start` lead back to it by way of others.
fn in_circle(start: usize, tables: &[&Table]) -> bool {
    let mut seen = vec![false; tables.len()];
    let mut next = vec![start];
    while let Some(at) = next.pop() {
        for (other, table) in tables.iter().enumerate() {
            if other == at || !leads_to(tables[at], table) {
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
