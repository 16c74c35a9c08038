//! Computes the operations that turn one schema into another.
//!
//! [`compute`] takes two schemas in a backend's normalized form, and [`Hints`] about renames and drops. It returns
//! operations in a valid order, each with its reverse, and the questions that only the user can answer. It does no I/O,
//! and its result is deterministic.
//!
//! ```text
//! from ─► filter ─► rename ─► wording ─┐
//!                                      ├─► table ─► column, constraint, index ─► order ─► Difference
//! to   ─► filter ──────────────────────┘     view, enums
//! ```

mod column;
mod column_position;
mod constraint;
mod dependency_order;
mod dependent;
mod describe;
mod enums;
mod expression_map;
mod filter;
mod foreign_key;
mod hints;
mod index;
mod inherited;
mod letter_case;
mod native;
mod options;
mod order;
mod original_text;
mod rename;
mod schemas;
mod suggest;
mod table;
#[cfg(test)]
mod tests;
mod unresolved;
mod view;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::operation::Operation;
use crate::schema::{ForeignKey, Schema, Table};

pub use expression_map::ExpressionMap;
pub use filter::{leave_out, leave_out_names, matches};
pub use hints::{Hints, Renamed};
pub use hints::{cycle, own};
pub use options::{
    CastRule, ColumnPosition, ConstraintNameScope, DiffRules, DuplicateUniques, ExpressionForm,
    ForeignKeyCycles, ForeignKeyNaming, ForeignKeysOnRetype, Grouping, IdentifierQuote,
    IndexRename, NameCase, Options, Ownership, SequenceDefault, ViewsOnRetype,
};
pub use suggest::RenameCandidate;
pub use unresolved::UnresolvedDifference;

/// The difference between two schemas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SchemaDiff {
    /// The operations, in a valid order; empty if the schemas have the same meaning.
    pub operations: Vec<Operation>,
    /// Possible renames. Until you answer them through [`Hints`], the operations drop and add.
    pub rename_candidates: Vec<RenameCandidate>,
    /// Differences that no operation can remove.
    pub unresolved: Vec<UnresolvedDifference>,
    /// The tables that only `from` contains and that no hint drops. They are kept.
    pub unmanaged_tables: Vec<String>,
}

impl SchemaDiff {
    /// Returns whether there is no difference. Kept tables are ignored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.unresolved.is_empty()
    }

    /// Removes and returns the operations that must be committed before the others can run, if there are others. These
    /// add values to enum types: PostgreSQL does not allow a new value to be used in the transaction that adds it
    /// (<https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES>).
    ///
    /// A separate revision also separates these irreversible operations from reversible ones.
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

/// Returns the difference that turns `from` into `to`.
///
/// Tables, columns and constraints are processed in the order in which `to` declares them. Objects that only `from`
/// contains are dropped, except tables: a table is dropped only if [`Hints::drop_tables`] names it.
///
/// ```
/// use migrate_schema::diff::{Hints, Options, compute};
/// use migrate_schema::schema::{Column, Schema, Table, Type};
///
/// let mut users = Table::new("users");
/// users.column(Column::new("id", Type::Integer).not_null());
/// let mut from = Schema::default();
/// from.tables.push(users.clone());
/// users.column(Column::new("email", Type::Text));
/// let mut to = Schema::default();
/// to.tables.push(users);
///
/// let difference = compute(&from, &to, &Hints::default(), &Options::default());
/// assert_eq!(difference.operations[0].title(), "add column `users.email`");
/// assert!(compute(&to, &to, &Hints::default(), &Options::default()).is_empty());
/// ```
#[must_use]
pub fn compute(from: &Schema, to: &Schema, hints: &Hints, options: &Options) -> SchemaDiff {
    // Tables that reference each other can't be dropped one after the other, so both directions add and drop the keys
    // separately.
    let rules = DiffRules {
        foreign_key_cycles: ForeignKeyCycles::AddKeyLater,
        ..options.rules
    };
    let options = Options {
        rules,
        ..options.clone()
    };
    let mut difference = schemas::compare(from, to, hints, &options);
    if options.rules.column_position == ColumnPosition::Kept {
        column_position::keep(&mut difference.operations, from);
    }
    difference
}

/// The difference between two schemas, without further schemas.
struct Compared {
    steps: order::Steps,
    rename_candidates: Vec<RenameCandidate>,
    unresolved: Vec<UnresolvedDifference>,
    unmanaged_tables: Vec<String>,
}

/// Compares two schemas, without further schemas.
fn compare(
    from: &Schema,
    to: &Schema,
    hints: &Hints,
    options: &Options,
    across: Across,
) -> Compared {
    let from = filter::schema(from, options);
    let mut to = filter::schema(to, options);
    if options.rules.name_case == NameCase::Insensitive {
        letter_case::with_same_case(&from, &mut to, hints, options.rules);
    }
    let from = expression_map::with_equivalent_views(Cow::Owned(from), &to, options.rules);
    let mut steps = order::Steps::new(&to, options);
    let renamed = rename::apply(&from, &to, hints, options, &mut steps);
    let renamed = expression_map::with_equivalent_expressions(renamed, &to, options.rules);
    let sides = Sides::new(&renamed, &to, options, across);
    let mut rename_candidates = suggest::tables(&renamed, &to, hints);
    table::created(&sides, &mut steps);
    let (dropped, unmanaged_tables) = table::dropped(&sides, hints, &mut steps);
    for table in &to.tables {
        if let Some(before) = renamed.table(&table.name) {
            rename_candidates.extend(suggest::columns(before, table, hints));
            table::altered(before, table, &sides, &mut steps);
        }
    }
    index::compare(&sides, &dropped, &mut steps);
    let mut unresolved = enums::compare(&sides, &dropped, &mut steps);
    view::compare(&from, &sides, &dropped, &mut steps);
    unresolved.extend(native::compare(&from, &sides, &dropped, &mut steps));
    inherited::left_out(&mut steps, &renamed, &to, options);
    original_text::apply(steps.operations(), &from, &to);
    Compared {
        steps,
        rename_candidates,
        unresolved,
        unmanaged_tables,
    }
}

/// Returns the operations that create `schema` in an empty database. Tables that reference each other are created with
/// their keys if the database supports this.
#[must_use]
pub fn create(schema: &Schema, options: &Options) -> Vec<Operation> {
    schemas::compare(&Schema::default(), schema, &Hints::default(), options).operations
}

/// Both schemas, with the settings of the comparison.
struct Sides<'s> {
    /// The schema before, after all renames.
    from: &'s Schema,
    /// The schema afterwards.
    to: &'s Schema,
    /// The options of the comparison.
    options: &'s Options,
    /// The names of the constraints and indexes afterwards.
    wanted: BTreeSet<&'s str>,
    /// The time at which keys that reference another schema are created.
    across: Across,
}

/// The time at which a key that references another schema is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Across {
    /// With its table. The other schema is not part of the comparison.
    WithTheTable,
    /// After the tables of all schemas are created. It is dropped before any of them.
    Alone,
}

impl<'s> Sides<'s> {
    fn new(from: &'s Schema, to: &'s Schema, options: &'s Options, across: Across) -> Sides<'s> {
        let constraints = to.tables.iter().flat_map(|table| {
            let primary = table.primary_key.iter().map(|key| &key.name);
            let uniques = table.uniques.iter().map(|unique| &unique.name);
            let foreign_keys = table.foreign_keys.iter().map(|key| &key.name);
            let checks = table.checks.iter().map(|check| &check.name);
            let excludes = table.excludes.iter().map(|exclude| &exclude.name);
            let all = primary.chain(uniques).chain(foreign_keys).chain(checks);
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

    /// Returns whether a key references another schema, and is created and dropped separately from its table.
    fn is_cross_schema(&self, key: &ForeignKey) -> bool {
        self.across == Across::Alone && key.schema.is_some()
    }

    /// Returns whether a constraint or an index has this name afterwards.
    fn wants(&self, name: &str) -> bool {
        self.wanted.contains(name)
    }

    /// Returns whether a constraint or index of another table has this name afterwards, so that this table can't use
    /// it.
    fn wants_beside(&self, table: &Table, name: &str) -> bool {
        match self.options.rules.constraint_name_scope {
            ConstraintNameScope::PerSchema => self.wants(name),
            ConstraintNameScope::PerTable => {
                let indexes = self.to.indexes.iter();
                let mut own = indexes.filter(|index| index.table == table.name);
                table.constraint_names().any(|known| known == name)
                    || own.any(|index| index.name == name)
            }
        }
    }
}
