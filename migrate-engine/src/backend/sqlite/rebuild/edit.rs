//! Applies a list of edits to a `CREATE TABLE` statement, and determines the source of each column's values.
//!
//! This module does not use a database. Each edit changes the text, which is parsed again before the next edit, so
//! everything else keeps its bytes. A second parser checks the result.

mod column;
mod constraint;

use std::ops::Range;

use super::alteration::Edit;
use super::error::AlterError;
use super::grammar;
use super::parse::Unread;
use super::splice;
use super::table::{Definition, OptionKind, TableConstraint};
use super::uses;

/// The result of the edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edited {
    pub(super) sql: String,
    pub(super) table: Definition,
    /// The new table's columns, in order.
    pub(super) columns: Vec<Mapped>,
    /// The dropped columns.
    pub(super) dropped: Vec<String>,
    /// The added constraints.
    pub(super) added: Vec<TableConstraint>,
}

/// A column of the new table, and the source of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) name: String,
    pub(super) from: From,
    /// Whether an edit made the column NOT NULL without a replacement for NULL.
    pub(super) newly_not_null: bool,
}

/// The source of a column's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// The old column of this name.
    Column(String),
    /// An expression over the old columns.
    Expression(String),
    /// The default.
    Default,
    /// The column's own expression.
    Generated,
}

/// Edits a statement.
pub(super) fn edit(sql: &str, edits: &[Edit]) -> Result<Edited, AlterError> {
    let mut draft = Draft::begin(sql)?;
    let dropping: Vec<String> = edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::DropColumn { column } => Some(column.clone()),
            _ => None,
        })
        .collect();
    // Constraints are dropped first and added last, so a column and its constraints can be in any order.
    for edit in edits {
        if let Edit::DropConstraint(selector) = edit {
            draft.drop_constraint(selector)?;
        }
    }
    for edit in edits {
        match edit {
            Edit::AlterColumn { column, change } => draft.alter_column(column, change)?,
            Edit::DropColumn { column } => draft.drop_column(column, &dropping)?,
            Edit::AddColumn {
                definition,
                position,
                fill,
            } => {
                draft.add_column(definition, position, fill.as_deref())?;
            }
            _ => {}
        }
    }
    for edit in edits {
        match edit {
            Edit::AddConstraint { definition } => draft.add_constraint(definition)?,
            Edit::SetOption(kind) => draft.set_option(*kind)?,
            Edit::DropOption(kind) => draft.drop_option(*kind)?,
            _ => {}
        }
    }
    draft.finish()
}

struct Draft {
    sql: String,
    table: Definition,
    columns: Vec<Mapped>,
    dropped: Vec<String>,
    added: Vec<TableConstraint>,
}

impl Draft {
    fn begin(sql: &str) -> Result<Draft, AlterError> {
        let table = Definition::read(sql).map_err(|unread| unreadable(sql, &unread))?;
        let columns = table.columns.iter().map(|column| Mapped {
            name: column.name.clone(),
            from: if column.is_generated() {
                From::Generated
            } else {
                From::Column(column.name.clone())
            },
            newly_not_null: false,
        });
        let columns = columns.collect();
        grammar::agrees(sql, &table)?;
        Ok(Draft {
            sql: sql.to_owned(),
            table,
            columns,
            dropped: Vec::new(),
            added: Vec::new(),
        })
    }

    fn take(&mut self, sql: String) -> Result<(), AlterError> {
        self.table = Definition::read(&sql).map_err(|unread| unreadable(&sql, &unread))?;
        self.sql = sql;
        Ok(())
    }

    fn splice(&mut self, parts: Vec<(Range<usize>, String)>) -> Result<(), AlterError> {
        self.take(splice::replace(&self.sql, parts))
    }

    fn find(&self, column: &str) -> Result<usize, AlterError> {
        self.table.find(column).ok_or_else(|| AlterError::NoColumn {
            table: self.table.name.clone(),
            column: column.to_owned(),
            columns: self
                .table
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
        })
    }

    fn set_option(&mut self, kind: OptionKind) -> Result<(), AlterError> {
        if self.table.has_option(kind) {
            return Ok(());
        }
        let (end, comma) = match self.table.options.last() {
            Some(last) => (last.span.end, ","),
            None => (self.table.close + 1, ""),
        };
        self.splice(vec![(end..end, format!("{comma} {}", kind.sql()))])
    }

    fn drop_option(&mut self, kind: OptionKind) -> Result<(), AlterError> {
        let options = &self.table.options;
        let Some(at) = options.iter().position(|option| option.kind == kind) else {
            return Ok(());
        };
        // The option with the comma before it, or the first option with the comma after it.
        let span = match (at.checked_sub(1), options.get(at + 1)) {
            (Some(before), _) => options[before].span.end..options[at].span.end,
            (None, Some(after)) => options[at].span.start..after.span.start,
            (None, None) => self.table.close + 1..options[at].span.end,
        };
        self.splice(vec![(span, String::new())])
    }

    fn finish(self) -> Result<Edited, AlterError> {
        for dropped in &self.dropped {
            let left = uses::left_over(&self.sql, &self.table, dropped);
            if self.table.find(dropped).is_none() && !left.is_empty() {
                return Err(in_use(dropped, left));
            }
        }
        if self.table.has_option(OptionKind::WithoutRowid) && self.table.primary_key().is_empty() {
            return Err(AlterError::Key("a WITHOUT ROWID table needs a primary key"));
        }
        if self.table.has_option(OptionKind::Strict) {
            self.strict_types()?;
        }
        grammar::agrees(&self.sql, &self.table)?;
        Ok(Edited {
            sql: self.sql,
            table: self.table,
            columns: self.columns,
            dropped: self.dropped,
            added: self.added,
        })
    }

    fn strict_types(&self) -> Result<(), AlterError> {
        for column in &self.table.columns {
            let kind = column.type_span.clone().map_or("", |span| &self.sql[span]);
            let known = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
            if !known.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
                return Err(AlterError::StrictType {
                    column: column.name.clone(),
                    data_type: kind.to_owned(),
                });
            }
        }
        Ok(())
    }
}

fn in_use(column: &str, uses: Vec<String>) -> AlterError {
    AlterError::InUse {
        column: column.to_owned(),
        uses,
    }
}

fn unreadable(sql: &str, unread: &Unread) -> AlterError {
    AlterError::Unreadable {
        table: grammar::name_of(sql),
        reason: unread.words(sql),
    }
}

fn bad(text: &str, unread: &Unread, sql: &str) -> AlterError {
    AlterError::BadDefinition {
        text: text.to_owned(),
        reason: unread.words(sql),
    }
}
