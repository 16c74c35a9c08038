//! The live table of a row type. It is inspected before any row is read, so that a replay on an empty database detects
//! a type that has changed since.

use crate::backend::{Backend, ScriptError};
use crate::error::OpError;
use crate::op::Op;
use crate::v1::Result;
use migrate_schema::schema::{Column, Index, IndexKey, Schema, Table};

use super::{Row, ValueRef, qualified_table, row_type_source, statement};
use migrate_schema::value::short_name;

/// The facts about the table that the helpers need.
pub(super) struct TargetTable {
    /// The generated columns, which can't be written.
    computed: Vec<Column>,
    /// The columns of the key that allow NULL.
    nullable_key: Vec<&'static str>,
}

/// The use of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowAccess {
    /// Rows are read in the order of their key.
    Read,
    /// Rows are inserted. Each has its own key.
    Insert,
}

impl TargetTable {
    /// Inspects the table, in its schema.
    pub(super) fn inspect<R: Row, B: Backend>(
        op: &mut Op<'_, B>,
        purpose: RowAccess,
    ) -> Result<TargetTable> {
        let Some(schema) = R::SCHEMA else {
            return TargetTable::inspect_now::<R, B>(op, purpose);
        };
        let path = B::search_path(&mut op.session, schema)?;
        B::execute_batch(&mut op.session, &path.enter).map_err(unreached)?;
        let target = TargetTable::inspect_now::<R, B>(op, purpose);
        // After an error, the transaction may reject statements. Its rollback also restores the settings.
        let left = B::execute_batch(&mut op.session, &path.leave).map_err(unreached);
        let target = target?;
        left?;
        Ok(target)
    }

    fn inspect_now<R: Row, B: Backend>(
        op: &mut Op<'_, B>,
        purpose: RowAccess,
    ) -> Result<TargetTable> {
        let columns = B::columns(&mut op.session, R::TABLE).map_err(OpError::Inspection)?;
        let context = RowTypeContext::new::<R, B>(op, purpose);
        if columns.is_empty() {
            let reason = format!("table `{}` does not exist at this revision", context.table);
            let help =
                "create the table first, or use the table name of this revision in the row type";
            return Err(context.invalid(reason, help.to_owned()));
        }
        let find = |name: &str| columns.iter().find(|column| same(&column.name, name));
        let missing: Vec<&str> = R::COLUMNS
            .iter()
            .copied()
            .filter(|name| find(name).is_none())
            .collect();
        if !missing.is_empty() {
            let now = row_type_source::row_type::<R>(&context.kind, &columns);
            return Err(context.moved_on(context.missing(&missing), &now));
        }
        if purpose == RowAccess::Read {
            context.check_key::<R, B>(op)?;
        }
        let not_null = |name: &&str| find(name).is_some_and(|column| column.not_null);
        let computed = columns.iter().filter(|column| column.generated.is_some());
        Ok(TargetTable {
            computed: computed.cloned().collect(),
            nullable_key: R::KEY
                .iter()
                .copied()
                .filter(|name| !not_null(name))
                .collect(),
        })
    }

    /// Returns whether the database computes a column.
    pub(super) fn computes(&self, column: &str) -> bool {
        self.computed.iter().any(|other| same(&other.name, column))
    }

    /// Refuses rows with NULL in the key: they would be skipped silently.
    pub(super) fn refuse_without_key<R: Row, B: Backend>(
        &self,
        op: &mut Op<'_, B>,
        select: &statement::Select<'_>,
        filter: &[ValueRef<'_>],
    ) -> Result<()> {
        if self.nullable_key.is_empty() {
            return Ok(());
        }
        let sql = select.without_key::<R>(&self.nullable_key);
        let mut found = false;
        let done = B::query_ref(&mut op.session, &sql, filter, &mut |_| found = true);
        done.map_err(|source| op.failed(&sql, source))?;
        if !found {
            return Ok(());
        }
        Err(OpError::Invalid {
            operation: format!("process the rows of `{}`", qualified_table::<R>()),
            reason: format!("a row has NULL in its key ({})", R::KEY.join(", ")),
            help: format!(
                "set the key of these rows first, or exclude them: `.filter(\"{} IS NOT NULL\", &[])`",
                self.nullable_key.join(" IS NOT NULL AND ")
            ),
        }
        .into())
    }
}

fn unreached(error: ScriptError) -> OpError {
    OpError::Inspection(error.source)
}

fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// The parts of an error about the row type.
struct RowTypeContext {
    operation: String,
    table: String,
    kind: String,
    revision: String,
}

impl RowTypeContext {
    fn new<R: Row, B: Backend>(op: &Op<'_, B>, purpose: RowAccess) -> RowTypeContext {
        let table = qualified_table::<R>();
        RowTypeContext {
            operation: match purpose {
                RowAccess::Read => format!("process the rows of `{table}`"),
                RowAccess::Insert => format!("add rows to `{table}`"),
            },
            table,
            kind: short_name::<R>(),
            revision: op.record.revision.clone(),
        }
    }

    fn missing(&self, columns: &[&str]) -> String {
        let named: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
        let (noun, verb) = match columns {
            [_] => ("column", "is"),
            _ => ("columns", "are"),
        };
        format!(
            "{noun} {} of `{}` {verb} not in table `{}` at this revision",
            named.join(", "),
            self.kind,
            self.table
        )
    }

    fn invalid(&self, reason: String, help: String) -> crate::v1::Error {
        let operation = self.operation.clone();
        OpError::Invalid {
            operation,
            reason,
            help,
        }
        .into()
    }

    /// Returns the error of a type that has changed since the revision. Its help contains the type that matches the
    /// table.
    fn moved_on(&self, reason: String, now: &str) -> crate::v1::Error {
        let help = format!(
            "`{}` has changed since: in the revision, replace its `use` by the type below, which matches the table; if the revision is frozen, then confirm the edit with `cargo migrate freeze {} --accept-edit`\n\n{}\n",
            self.kind,
            self.revision,
            indented(now)
        );
        self.invalid(reason, help)
    }

    fn check_key<R: Row, B: Backend>(&self, op: &mut Op<'_, B>) -> Result<()> {
        let stray = R::KEY.iter().find(|key| !R::COLUMNS.contains(key));
        if R::KEY.is_empty() || stray.is_some() {
            return Err(self.invalid(
                format!(
                    "the key of `{}` is missing, or is not one of its fields",
                    self.kind
                ),
                "name the columns of the primary key: `#[row(table = \"…\", key = \"…\")]`"
                    .to_owned(),
            ));
        }
        let schema = B::inspect(&mut op.session, None).map_err(OpError::Inspection)?;
        let table = schema
            .tables
            .iter()
            .find(|table| same(&table.name, R::TABLE));
        if table.is_some_and(|table| is_unique(&schema, table, R::KEY)) {
            return Ok(());
        }
        Err(self.invalid(
            format!(
                "its key `{}` does not identify a row: nothing in the table makes it unique",
                R::KEY.join(", ")
            ),
            "name the columns of the primary key, or of a unique constraint".to_owned(),
        ))
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

/// Returns whether a constraint or an index makes the key unique.
fn is_unique(schema: &Schema, table: &Table, key: &[&str]) -> bool {
    let covered = |columns: &[String]| {
        !columns.is_empty()
            && columns
                .iter()
                .all(|name| key.iter().any(|key| same(key, name)))
    };
    let alone = |column: &Column| {
        (column.primary_key || column.unique) && covered(std::slice::from_ref(&column.name))
    };
    table
        .primary_key
        .iter()
        .any(|primary| covered(&primary.columns))
        || table.uniques.iter().any(|unique| covered(&unique.columns))
        || table.columns.iter().any(alone)
        || schema
            .indexes
            .iter()
            .filter(|index| {
                index.unique && index.predicate.is_none() && same(&index.table, &table.name)
            })
            .any(|index| columns_of(index).is_some_and(|columns| covered(&columns)))
}

/// Returns the columns of an index, if it has no expressions and no collations.
fn columns_of(index: &Index) -> Option<Vec<String>> {
    let plain = |part: &migrate_schema::schema::IndexPart| match &part.key {
        IndexKey::Column(name) if part.collation.is_none() => Some(name.clone()),
        _ => None,
    };
    index.parts.iter().map(plain).collect()
}
