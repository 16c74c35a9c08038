//! A `CREATE TABLE` statement and a list of edits to the statement that has them, and where each column's values come from.
//!
//! Pure: knows no database. Each edit is a splice of the text, read again before the next one, so that whatever is not
//! asked to change keeps its bytes. The result is read by a second grammar before it is given out.

use std::ops::Range;

use super::alteration::{Change, Edit, Position, Which};
use super::error::AlterError;
use super::grammar;
use super::parse::{
    Clause, ClauseKind, Column, ConstraintKind, Definition, OptionKind, TableConstraint, Unread,
};
use super::splice;
use super::token::tokens;
use super::uses;

/// What the edits make of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edited {
    pub(super) sql: String,
    pub(super) table: Definition,
    /// The new table's columns, in order.
    pub(super) columns: Vec<Mapped>,
    /// The old columns that are gone.
    pub(super) dropped: Vec<String>,
    /// The constraints that were added.
    pub(super) added: Vec<TableConstraint>,
}

/// A column of the new table, and where its values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) name: String,
    pub(super) from: From,
    /// Whether an edit made it refuse NULL, and gave nothing to stand there instead.
    pub(super) newly_not_null: bool,
}

/// Where a column's values come from.
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
    // Constraints go first and come last, so that a column and what uses it can be named in any order.
    for edit in edits {
        if let Edit::DropConstraint(which) = edit {
            draft.drop_constraint(which)?;
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

    fn alter_column(&mut self, name: &str, change: &Change) -> Result<(), AlterError> {
        let at = self.find(name)?;
        match change {
            Change::Type { sql, using } => {
                self.set_type(at, sql)?;
                if let Some(using) = using {
                    self.columns[at].from = From::Expression(using.clone());
                }
                Ok(())
            }
            Change::SetNotNull { fill } => {
                self.set_not_null(at)?;
                self.fill_null(at, fill.as_deref());
                Ok(())
            }
            Change::DropNotNull => {
                self.remove_clauses(at, |kind| matches!(kind, ClauseKind::NotNull))
            }
            Change::SetDefault(value) => self.set_clause(at, &format!("DEFAULT {value}"), |kind| {
                matches!(kind, ClauseKind::Default(_))
            }),
            Change::DropDefault => {
                self.remove_clauses(at, |kind| matches!(kind, ClauseKind::Default(_)))
            }
            Change::SetCollation(name) => self.set_clause(at, &format!("COLLATE {name}"), |kind| {
                matches!(kind, ClauseKind::Collate(_))
            }),
            Change::DropCollation => {
                self.remove_clauses(at, |kind| matches!(kind, ClauseKind::Collate(_)))
            }
        }
    }

    fn set_type(&mut self, at: usize, kind: &str) -> Result<(), AlterError> {
        let column = &self.table.columns[at];
        let name_end = column.name_span.end;
        let part = match &column.type_span {
            Some(span) if kind.is_empty() => (name_end..span.end, String::new()),
            Some(span) => (span.clone(), kind.to_owned()),
            None if kind.is_empty() => return Ok(()),
            None => (name_end..name_end, format!(" {kind}")),
        };
        let spelled = format!("x {kind}");
        let read = Column::read(&spelled).map_err(|unread| bad(kind, &unread, &spelled))?;
        if !read.clauses.is_empty() {
            return Err(AlterError::BadDefinition {
                text: kind.to_owned(),
                reason: "it is more than a type".to_owned(),
            });
        }
        self.splice(vec![part])
    }

    fn set_not_null(&mut self, at: usize) -> Result<(), AlterError> {
        if self.table.columns[at].is_not_null() {
            return Ok(());
        }
        self.set_clause(at, "NOT NULL", |kind| matches!(kind, ClauseKind::Null))
    }

    fn fill_null(&mut self, at: usize, fill: Option<&str>) {
        let mapped = &mut self.columns[at];
        mapped.newly_not_null = fill.is_none() && matches!(mapped.from, From::Column(_));
        if let Some(fill) = fill {
            let value = match &mapped.from {
                From::Column(name) => super::quoted(name),
                From::Expression(sql) => sql.clone(),
                From::Default | From::Generated => return,
            };
            mapped.from = From::Expression(format!("coalesce({value}, {fill})"));
        }
    }

    /// Replaces the last clause of a kind, which is the one that counts, or adds it after the type.
    fn set_clause(
        &mut self,
        at: usize,
        text: &str,
        is: impl Fn(&ClauseKind) -> bool,
    ) -> Result<(), AlterError> {
        let spelled = format!("x {text}");
        let read = Column::read(&spelled).map_err(|unread| bad(text, &unread, &spelled))?;
        if read.clauses.len() != 1 || read.type_span.is_some() {
            return Err(AlterError::BadDefinition {
                text: text.to_owned(),
                reason: "it is more than one clause".to_owned(),
            });
        }
        let column = &self.table.columns[at];
        let part = match column.clauses.iter().rev().find(|clause| is(&clause.kind)) {
            Some(clause) => (clause.span.clone(), text.to_owned()),
            None => {
                let end = column
                    .type_span
                    .as_ref()
                    .map_or(column.name_span.end, |span| span.end);
                (end..end, format!(" {text}"))
            }
        };
        self.splice(vec![part])
    }

    fn remove_clauses(
        &mut self,
        at: usize,
        is: impl Fn(&ClauseKind) -> bool,
    ) -> Result<(), AlterError> {
        while let Some(clause) = self.table.columns[at]
            .clauses
            .iter()
            .rev()
            .find(|clause| is(&clause.kind))
        {
            let text = splice::remove_clause(&self.sql, &self.table.columns[at].span, &clause.span);
            self.take(text)?;
        }
        Ok(())
    }

    fn drop_column(&mut self, name: &str, dropping: &[String]) -> Result<(), AlterError> {
        let at = self.find(name)?;
        if self.table.columns[at].is_key() {
            return Err(in_use(name, vec!["the primary key".to_owned()]));
        }
        let others = self
            .table
            .columns
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != at);
        if others.filter(|(_, column)| !column.is_generated()).count() == 0 {
            return Err(AlterError::OnlyColumn {
                column: name.to_owned(),
            });
        }
        while let Some(alone) = self.constraint_on(dropping, name) {
            let text =
                splice::remove_element(&self.sql, &self.table, self.table.columns.len() + alone);
            self.take(text)?;
        }
        let text = splice::remove_element(&self.sql, &self.table, at);
        self.take(text)?;
        let gone = self.columns.remove(at);
        if let From::Column(old) = gone.from {
            self.dropped.push(old);
        } else {
            self.dropped.push(gone.name);
        }
        Ok(())
    }

    /// Returns a constraint on `name` that concerns no column which stays: it goes with the columns.
    fn constraint_on(&self, dropping: &[String], name: &str) -> Option<usize> {
        let all: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let alone = |columns: &mut dyn Iterator<Item = &str>| {
            let columns: Vec<&str> = columns.collect();
            columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name))
                && columns.iter().all(|column| {
                    dropping
                        .iter()
                        .any(|gone| gone.eq_ignore_ascii_case(column))
                })
        };
        self.table
            .constraints
            .iter()
            .position(|constraint| match &constraint.kind {
                ConstraintKind::Unique(columns) | ConstraintKind::ForeignKey { columns, .. } => {
                    alone(&mut columns.iter().map(String::as_str))
                }
                ConstraintKind::Check(condition) => {
                    alone(&mut uses::in_expression(&self.sql[condition.clone()], &all).into_iter())
                }
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Nothing => false,
            })
    }

    fn add_column(
        &mut self,
        definition: &str,
        position: &Position,
        fill: Option<&str>,
    ) -> Result<(), AlterError> {
        let column =
            Column::read(definition).map_err(|unread| bad(definition, &unread, definition))?;
        if self.table.find(&column.name).is_some() {
            return Err(AlterError::ColumnExists {
                table: self.table.name.clone(),
                column: column.name,
            });
        }
        if column.is_key() && !self.table.primary_key().is_empty() {
            return Err(AlterError::Key("the table has a primary key already"));
        }
        let text = &definition[column.span.clone()];
        let at = match position {
            Position::First => 0,
            Position::Last => self.table.columns.len(),
            Position::After(other) => self.find(other)? + 1,
        };
        let sql = match at.checked_sub(1) {
            None => splice::insert_first(&self.sql, &self.table, text),
            Some(before) => splice::insert_after(&self.sql, &self.table, before, text),
        };
        self.take(sql)?;
        let from = match fill {
            _ if column.is_generated() => From::Generated,
            Some(fill) => From::Expression(fill.to_owned()),
            None => From::Default,
        };
        self.columns.insert(
            at,
            Mapped {
                name: column.name,
                from,
                newly_not_null: false,
            },
        );
        Ok(())
    }

    fn add_constraint(&mut self, definition: &str) -> Result<(), AlterError> {
        let constraint = TableConstraint::read(definition)
            .map_err(|unread| bad(definition, &unread, definition))?;
        match &constraint.kind {
            ConstraintKind::PrimaryKey { .. } if !self.table.primary_key().is_empty() => {
                return Err(AlterError::Key("the table has a primary key already"));
            }
            ConstraintKind::PrimaryKey { columns, .. }
            | ConstraintKind::Unique(columns)
            | ConstraintKind::ForeignKey { columns, .. } => {
                for column in columns {
                    self.find(column)?;
                }
            }
            ConstraintKind::Check(_) | ConstraintKind::Nothing => {}
        }
        let text = &definition[constraint.span.clone()];
        let last = self.table.elements().len() - 1;
        let sql = splice::insert_after(&self.sql, &self.table, last, text);
        self.take(sql)?;
        self.added.extend(self.table.constraints.last().cloned());
        Ok(())
    }

    fn drop_constraint(&mut self, which: &Which) -> Result<(), AlterError> {
        let own: Vec<(usize, Range<usize>)> = self.clauses_of(which);
        let beside: Vec<usize> = self.constraints_of(which);
        let ambiguous = |count| AlterError::Ambiguous {
            table: self.table.name.clone(),
            what: which.words(),
            count,
        };
        let text = match (own.as_slice(), beside.as_slice()) {
            ([], []) => {
                return Err(AlterError::NoConstraint {
                    table: self.table.name.clone(),
                    what: which.words(),
                });
            }
            ([(column, clause)], []) => {
                splice::remove_clause(&self.sql, &self.table.columns[*column].span, clause)
            }
            ([], [at]) => {
                splice::remove_element(&self.sql, &self.table, self.table.columns.len() + at)
            }
            (own, beside) => return Err(ambiguous(own.len() + beside.len())),
        };
        self.take(text)
    }

    fn clauses_of(&self, which: &Which) -> Vec<(usize, Range<usize>)> {
        let columns = self.table.columns.iter().enumerate();
        let clauses = columns.flat_map(|(at, column)| {
            column
                .clauses
                .iter()
                .map(move |clause| (at, column, clause))
        });
        clauses
            .filter(|(_, column, clause)| self.is_clause(which, column, clause))
            .map(|(at, _, clause)| (at, clause.span.clone()))
            .collect()
    }

    fn is_clause(&self, which: &Which, column: &Column, clause: &Clause) -> bool {
        let own = |columns: &[String]| matches!(columns, [name] if name.eq_ignore_ascii_case(&column.name));
        match (which, &clause.kind) {
            (Which::Named(name), _) => same_name(clause.name.as_ref(), name),
            (Which::PrimaryKey, ClauseKind::PrimaryKey { .. }) => true,
            (Which::Unique(columns), ClauseKind::Unique) => own(columns),
            (Which::ForeignKey(columns), ClauseKind::References(_)) => own(columns),
            (Which::Check(condition), ClauseKind::Check(span)) => {
                same_text(condition, &self.sql[span.clone()])
            }
            _ => false,
        }
    }

    fn constraints_of(&self, which: &Which) -> Vec<usize> {
        let is = |constraint: &TableConstraint| match (which, &constraint.kind) {
            (Which::Named(name), _) => same_name(constraint.name.as_ref(), name),
            (Which::PrimaryKey, ConstraintKind::PrimaryKey { .. }) => true,
            (Which::Unique(wanted), ConstraintKind::Unique(columns))
            | (Which::ForeignKey(wanted), ConstraintKind::ForeignKey { columns, .. }) => {
                same_names(wanted, columns)
            }
            (Which::Check(condition), ConstraintKind::Check(span)) => {
                same_text(condition, &self.sql[span.clone()])
            }
            _ => false,
        };
        let found = self
            .table
            .constraints
            .iter()
            .enumerate()
            .filter(|(_, constraint)| is(constraint));
        found.map(|(at, _)| at).collect()
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
        // With the comma before it, or for the first with the comma after it.
        let span = match (at.checked_sub(1), options.get(at + 1)) {
            (Some(before), _) => options[before].span.end..options[at].span.end,
            (None, Some(after)) => options[at].span.start..after.span.start,
            (None, None) => self.table.close + 1..options[at].span.end,
        };
        self.splice(vec![(span, String::new())])
    }

    fn finish(self) -> Result<Edited, AlterError> {
        for gone in &self.dropped {
            let left = uses::left_over(&self.sql, &self.table, gone);
            if self.table.find(gone).is_none() && !left.is_empty() {
                return Err(in_use(gone, left));
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
                    kind: kind.to_owned(),
                });
            }
        }
        Ok(())
    }
}

fn same_name(own: Option<&String>, name: &str) -> bool {
    own.is_some_and(|own| own.eq_ignore_ascii_case(name))
}

fn same_names(one: &[String], other: &[String]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Returns whether two expressions are the same, white space, comments and the case of words apart.
fn same_text(one: &str, other: &str) -> bool {
    let (Ok(ones), Ok(others)) = (tokens(one), tokens(other)) else {
        return one == other;
    };
    ones.len() == others.len()
        && ones.iter().zip(&others).all(|(a, b)| {
            let (a_raw, b_raw) = (a.raw(one), b.raw(other));
            a_raw == b_raw
                || (a.kind == b.kind
                    && a.kind == super::token::Kind::Word
                    && a_raw.eq_ignore_ascii_case(b_raw))
        })
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

fn bad(text: &str, unread: &Unread, spelled: &str) -> AlterError {
    AlterError::BadDefinition {
        text: text.to_owned(),
        reason: unread.words(spelled),
    }
}
