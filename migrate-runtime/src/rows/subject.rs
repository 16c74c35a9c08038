//! The live table behind a row type, looked at before anything is read: so a replay on an empty database finds a type
//! that has moved on.

use crate::backend::{Backend, ScriptError};
use crate::error::OpError;
use crate::handle::Op;
use crate::schema::{Column, Index, IndexKey, Schema, Table};
use crate::v1::Result;

use super::cell::short_name;
use super::{Cell, Row, statement, told_table, written};

/// What the helpers know of the table.
pub(super) struct Subject {
    /// Whether each column of the row type can be written: what the database computes can't.
    computed: Vec<Column>,
    /// The columns of the key that may hold NULL.
    nullable_key: Vec<&'static str>,
}

/// What is asked of the table: a new row brings its key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Rows are read, one after the other by their key.
    Read,
    /// Rows are added.
    Insert,
}

impl Subject {
    /// Looks at the table, in its schema.
    pub(super) fn look<R: Row, B: Backend>(
        op: &mut Op<'_, B>,
        purpose: Purpose,
    ) -> Result<Subject> {
        let Some(schema) = R::SCHEMA else {
            return Subject::look_here::<R, B>(op, purpose);
        };
        let path = B::search_path(&mut op.session, schema)?;
        B::script(&mut op.session, &path.enter).map_err(unreached)?;
        let subject = Subject::look_here::<R, B>(op, purpose);
        // After an error the transaction may take nothing any more, and is rolled back with its settings.
        let left = B::script(&mut op.session, &path.leave).map_err(unreached);
        let subject = subject?;
        left?;
        Ok(subject)
    }

    fn look_here<R: Row, B: Backend>(op: &mut Op<'_, B>, purpose: Purpose) -> Result<Subject> {
        let columns = B::columns(&mut op.session, R::TABLE).map_err(OpError::Inspection)?;
        let asked = Asked::new::<R, B>(op, purpose);
        if columns.is_empty() {
            let reason = format!("table `{}` does not exist at this revision", asked.table);
            let help =
                "create the table first, or use the table name of this revision in the row type";
            return Err(asked.invalid(reason, help.to_owned()));
        }
        let find = |name: &str| columns.iter().find(|column| same(&column.name, name));
        let missing: Vec<&str> = R::COLUMNS
            .iter()
            .copied()
            .filter(|name| find(name).is_none())
            .collect();
        if !missing.is_empty() {
            let now = written::row_type::<R>(&asked.kind, &columns);
            return Err(asked.moved_on(asked.missing(&missing), &now));
        }
        if purpose == Purpose::Read {
            asked.check_key::<R, B>(op)?;
        }
        let not_null = |name: &&str| find(name).is_some_and(|column| column.not_null);
        let computed = columns.iter().filter(|column| column.generated.is_some());
        Ok(Subject {
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

    /// Refuses rows that no key tells apart: they would be left out without a word.
    pub(super) fn refuse_without_key<R: Row, B: Backend>(
        &self,
        op: &mut Op<'_, B>,
        select: &statement::Select<'_>,
        filter: &[Cell<'_>],
    ) -> Result<()> {
        if self.nullable_key.is_empty() {
            return Ok(());
        }
        let sql = select.without_key::<R>(&self.nullable_key);
        let mut found = false;
        let done = B::cells(&mut op.session, &sql, filter, &mut |_| found = true);
        done.map_err(|source| op.failed(&sql, source))?;
        if !found {
            return Ok(());
        }
        Err(OpError::Invalid {
            operation: format!("process the rows of `{}`", told_table::<R>()),
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

/// What an error says of the row type.
struct Asked {
    operation: String,
    table: String,
    kind: String,
    revision: String,
}

impl Asked {
    fn new<R: Row, B: Backend>(op: &Op<'_, B>, purpose: Purpose) -> Asked {
        let table = told_table::<R>();
        Asked {
            operation: match purpose {
                Purpose::Read => format!("process the rows of `{table}`"),
                Purpose::Insert => format!("add rows to `{table}`"),
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

    /// The error of a type that is not of this revision's day, with the way out: the type of that day.
    fn moved_on(&self, reason: String, now: &str) -> crate::v1::Error {
        let help = format!(
            "`{}` has changed since: in the revision, replace its `use` by the type below, which matches the table; if the revision is frozen, then confirm the edit with `cargo migrate freeze {} --edited`\n\n{}\n",
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

/// Returns whether something in the table keeps two rows from having the same key.
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
                index.unique && index.filter.is_none() && same(&index.table, &table.name)
            })
            .any(|index| columns_of(index).is_some_and(|columns| covered(&columns)))
}

/// Returns the columns of an index, if it is over columns as they are.
fn columns_of(index: &Index) -> Option<Vec<String>> {
    let plain = |part: &crate::schema::IndexPart| match &part.key {
        IndexKey::Column(name) if part.collation.is_none() => Some(name.clone()),
        _ => None,
    };
    index.parts.iter().map(plain).collect()
}
