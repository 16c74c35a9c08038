//! Two schemas to the operations that turn one into the other.
//!
//! Comes in: two schemas, both as a backend tells them ([`Backend::normalise`](crate::backend::Backend::normalise)), and
//! what people said about renames and drops. Goes out: operations in an order that works, each knowing its reverse, and
//! the questions that only people can answer. Asks nobody, does no I/O, and gives the same answer each time.
//!
//! ```text
//! from ─► filter ─► rename ─► wording ─┐
//!                                      ├─► table ─► column, constraint, index ─► order ─► Difference
//! to   ─► filter ──────────────────────┘     view, enums
//! ```

mod column;
mod constraint;
mod dependent;
mod describe;
mod enums;
mod filter;
mod foreign_key;
mod hints;
mod index;
mod inherited;
mod letters;
mod native;
mod needs;
mod note;
mod options;
mod order;
mod rename;
mod schemas;
mod suggest;
mod table;
#[cfg(test)]
mod tests;
mod view;
mod wording;
mod written;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::op::Operation;
use crate::schema::{ForeignKey, Schema, Table};

pub(crate) use filter::leave_out;
pub use hints::{Hints, Renamed};
pub(crate) use hints::{cycle, own};
pub use note::Note;
pub use options::{
    CastRule, Compare, Cycles, Form, Grouping, Indexes, KeyNames, Keys, Letters, Names, Numbers,
    Options, Quotes, Rules, Twins, Views,
};
pub use suggest::Question;
pub(crate) use wording::Wording;

/// What turns one schema into another.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Difference {
    /// The operations, in an order that works; none if the schemas mean the same.
    pub operations: Vec<Operation>,
    /// What might be a rename. Until it is answered through [`Hints`], the operations drop and add.
    pub questions: Vec<Question>,
    /// What is different and no operation makes the same.
    pub notes: Vec<Note>,
    /// The tables that only `from` holds, and that nobody asked to drop. They stay.
    pub kept_tables: Vec<String>,
}

impl Difference {
    /// Returns whether there is no difference. Kept tables do not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.notes.is_empty()
    }

    /// Takes out the operations that have to be committed before the others can run, where there are others: a type's new
    /// words, which PostgreSQL lets nothing use in the transaction that adds them
    /// (<https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES>).
    ///
    /// A revision of their own also keeps what no statement undoes apart from what has a way back.
    #[must_use]
    pub fn take_first(&mut self) -> Vec<Operation> {
        let is_word =
            |operation: &Operation| matches!(operation.place().1, Operation::AddEnumValue(_));
        if self.operations.iter().all(is_word) {
            return Vec::new();
        }
        self.operations.extract_if(.., |it| is_word(it)).collect()
    }
}

/// Returns what turns `from` into `to`.
///
/// Tables, columns and constraints are walked in the order in which `to` declares them. What `from` alone holds goes,
/// except tables: a table is dropped only if [`Hints::drop_tables`] names it.
///
/// ```
/// use migrate_runtime::diff::{Hints, Options, diff};
/// use migrate_runtime::schema::{Column, Schema, Table, Type};
///
/// let mut users = Table::new("users");
/// users.column(Column::new("id", Type::Integer).not_null());
/// let mut from = Schema::default();
/// from.tables.push(users.clone());
/// users.column(Column::new("email", Type::Text));
/// let mut to = Schema::default();
/// to.tables.push(users);
///
/// let difference = diff(&from, &to, &Hints::default(), &Options::default());
/// assert_eq!(difference.operations[0].title(), "add column `users.email`");
/// assert!(diff(&to, &to, &Hints::default(), &Options::default()).is_empty());
/// ```
#[must_use]
pub fn diff(from: &Schema, to: &Schema, hints: &Hints, options: &Options) -> Difference {
    // Tables that lead to each other can't be dropped again one after the other, so their keys come apart both ways.
    let rules = Rules {
        cycles: Cycles::KeyAfterwards,
        ..options.rules
    };
    let options = Options {
        rules,
        ..options.clone()
    };
    schemas::compare(from, to, hints, &options)
}

/// What turns one schema into another, without those beside it.
struct Compared {
    steps: order::Steps,
    questions: Vec<Question>,
    notes: Vec<Note>,
    kept_tables: Vec<String>,
}

/// Compares two schemas, and nothing of those beside them.
fn compare(
    from: &Schema,
    to: &Schema,
    hints: &Hints,
    options: &Options,
    across: Across,
) -> Compared {
    let from = filter::schema(from, options);
    let mut to = filter::schema(to, options);
    if options.rules.letters == Letters::DoNotCount {
        letters::alike(&from, &mut to, hints, options.rules);
    }
    let from = wording::alike_views(Cow::Owned(from), &to, options.rules);
    let mut steps = order::Steps::new(&to, options);
    let renamed = rename::apply(&from, &to, hints, options, &mut steps);
    let renamed = wording::alike(renamed, &to, options.rules);
    let sides = Sides::new(&renamed, &to, options, across);
    let mut questions = suggest::tables(&renamed, &to, hints);
    table::created(&sides, &mut steps);
    let (dropped, kept_tables) = table::dropped(&sides, hints, &mut steps);
    for table in &to.tables {
        if let Some(before) = renamed.table(&table.name) {
            questions.extend(suggest::columns(before, table, hints));
            table::altered(before, table, &sides, &mut steps);
        }
    }
    index::compare(&sides, &dropped, &mut steps);
    let mut notes = enums::compare(&sides, &dropped, &mut steps);
    view::compare(&from, &sides, &dropped, &mut steps);
    notes.extend(native::compare(&from, &sides, &dropped, &mut steps));
    inherited::left_out(&mut steps, &renamed, options);
    written::apply(steps.operations(), &from, &to);
    Compared {
        steps,
        questions,
        notes,
        kept_tables,
    }
}

/// Returns the operations that build `schema` in an empty database; where the database takes tables that lead to each other
/// as they are, they are created so.
#[must_use]
pub fn create(schema: &Schema, options: &Options) -> Vec<Operation> {
    schemas::compare(&Schema::default(), schema, &Hints::default(), options).operations
}

/// Both schemas, with what is asked about them everywhere.
struct Sides<'s> {
    /// The schema before, with everything that was renamed under its new name.
    from: &'s Schema,
    /// The schema afterwards.
    to: &'s Schema,
    /// What is compared.
    options: &'s Options,
    /// The names of the constraints and indexes afterwards.
    wanted: BTreeSet<&'s str>,
    /// When a key is made that leads into another schema.
    across: Across,
}

/// When a key is made that leads into another schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Across {
    /// With its table: what it leads to is nobody's business here.
    WithTheTable,
    /// Once the tables of all schemas are there; and it goes before any of them does.
    Alone,
}

impl<'s> Sides<'s> {
    fn new(from: &'s Schema, to: &'s Schema, options: &'s Options, across: Across) -> Sides<'s> {
        let constraints = to.tables.iter().flat_map(|table| {
            let primary = table.primary_key.iter().map(|key| &key.name);
            let uniques = table.uniques.iter().map(|unique| &unique.name);
            let links = table.foreign_keys.iter().map(|key| &key.name);
            let checks = table.checks.iter().map(|check| &check.name);
            let excludes = table.excludes.iter().map(|exclude| &exclude.name);
            let all = primary.chain(uniques).chain(links).chain(checks);
            all.chain(excludes).flatten()
        });
        let indexes = to.indexes.iter().map(|index| &index.name);
        let wanted = constraints.chain(indexes).map(String::as_str).collect();
        Sides {
            from,
            to,
            options,
            wanted,
            across,
        }
    }

    /// Returns whether a key leads into another schema, and is made and dropped apart from its table.
    fn leads_across(&self, key: &ForeignKey) -> bool {
        self.across == Across::Alone && key.schema.is_some()
    }

    /// Returns whether a constraint or an index has this name afterwards.
    fn wants(&self, name: &str) -> bool {
        self.wanted.contains(name)
    }

    /// Returns whether a constraint or an index has this name afterwards that one of this table can't have too.
    fn wants_beside(&self, table: &Table, name: &str) -> bool {
        match self.options.rules.names {
            Names::OnceInASchema => self.wants(name),
            Names::OnceInATable => {
                let indexes = self.to.indexes.iter();
                let mut own = indexes.filter(|index| index.table == table.name);
                table.constraint_names().any(|known| known == name)
                    || own.any(|index| index.name == name)
            }
        }
    }
}
