//! Edits of column and table constraints, which are found by name, columns or condition.

use std::ops::Range;

use crate::backend::sqlite::expression::{Names, normalize};

use super::super::alteration::ConstraintSelector;
use super::super::error::AlterError;
use super::super::table::{Clause, ClauseKind, Column, ConstraintKind, TableConstraint};
use super::super::{splice, uses};
use super::{Draft, bad};

impl Draft {
    /// Returns a constraint `name` that only uses dropped columns; it is removed with them.
    pub(super) fn constraint_on(&self, dropping: &[String], name: &str) -> Option<usize> {
        let all: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let are_dropped = |columns: &mut dyn Iterator<Item = &str>| {
            let columns: Vec<&str> = columns.collect();
            columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name))
                && columns.iter().all(|column| {
                    dropping
                        .iter()
                        .any(|dropped| dropped.eq_ignore_ascii_case(column))
                })
        };
        self.table
            .constraints
            .iter()
            .position(|constraint| match &constraint.kind {
                ConstraintKind::Unique(columns) | ConstraintKind::ForeignKey { columns, .. } => {
                    are_dropped(&mut columns.iter().map(String::as_str))
                }
                ConstraintKind::Check(condition) => are_dropped(
                    &mut uses::in_expression(&self.sql[condition.clone()], &all).into_iter(),
                ),
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Nothing => false,
            })
    }

    pub(super) fn add_constraint(&mut self, definition: &str) -> Result<(), AlterError> {
        let constraint = TableConstraint::read(definition)
            .map_err(|unread| bad(definition, &unread, definition))?;
        match &constraint.kind {
            ConstraintKind::PrimaryKey { .. } if !self.table.primary_key().is_empty() => {
                return Err(AlterError::Key("the table already has a primary key"));
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

    pub(super) fn drop_constraint(
        &mut self,
        selector: &ConstraintSelector,
    ) -> Result<(), AlterError> {
        let own: Vec<(usize, Range<usize>)> = self.clauses_of(selector);
        let constraints: Vec<usize> = self.constraints_of(selector);
        let ambiguous = |count| AlterError::Ambiguous {
            table: self.table.name.clone(),
            what: selector.words(),
            count,
        };
        let text = match (own.as_slice(), constraints.as_slice()) {
            ([], []) => {
                return Err(AlterError::NoConstraint {
                    table: self.table.name.clone(),
                    what: selector.words(),
                });
            }
            ([(column, clause)], []) => {
                splice::remove_clause(&self.sql, &self.table.columns[*column].span, clause)
            }
            ([], [at]) => {
                splice::remove_element(&self.sql, &self.table, self.table.columns.len() + at)
            }
            (own, constraints) => return Err(ambiguous(own.len() + constraints.len())),
        };
        self.take(text)
    }

    fn clauses_of(&self, selector: &ConstraintSelector) -> Vec<(usize, Range<usize>)> {
        let columns = self.table.columns.iter().enumerate();
        let clauses = columns.flat_map(|(at, column)| {
            column
                .clauses
                .iter()
                .map(move |clause| (at, column, clause))
        });
        clauses
            .filter(|(_, column, clause)| self.is_clause(selector, column, clause))
            .map(|(at, _, clause)| (at, clause.span.clone()))
            .collect()
    }

    fn is_clause(&self, selector: &ConstraintSelector, column: &Column, clause: &Clause) -> bool {
        let own = |columns: &[String]| matches!(columns, [name] if name.eq_ignore_ascii_case(&column.name));
        match (selector, &clause.kind) {
            (ConstraintSelector::Named(name), _) => same_name(clause.name.as_ref(), name),
            (ConstraintSelector::PrimaryKey, ClauseKind::PrimaryKey { .. }) => true,
            (ConstraintSelector::Unique(columns), ClauseKind::Unique) => own(columns),
            (ConstraintSelector::ForeignKey(columns), ClauseKind::References(_)) => own(columns),
            (ConstraintSelector::Check(condition), ClauseKind::Check(span)) => {
                same_text(condition, &self.sql[span.clone()])
            }
            _ => false,
        }
    }

    fn constraints_of(&self, selector: &ConstraintSelector) -> Vec<usize> {
        let is = |constraint: &TableConstraint| match (selector, &constraint.kind) {
            (ConstraintSelector::Named(name), _) => same_name(constraint.name.as_ref(), name),
            (ConstraintSelector::PrimaryKey, ConstraintKind::PrimaryKey { .. }) => true,
            (ConstraintSelector::Unique(names), ConstraintKind::Unique(columns))
            | (ConstraintSelector::ForeignKey(names), ConstraintKind::ForeignKey { columns, .. }) => {
                same_names(names, columns)
            }
            (ConstraintSelector::Check(condition), ConstraintKind::Check(span)) => {
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

/// Returns whether two conditions are the same, apart from the changes that SQLite makes when it renames a column.
fn same_text(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|sql| normalize(sql, &Names::all()));
    one == other || (!one.contains('\'') && one.eq_ignore_ascii_case(&other))
}
