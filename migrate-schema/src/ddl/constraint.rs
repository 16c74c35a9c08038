//! Constraints as SQL.

use super::{Dialect, names};
use crate::operation::{Constraint, ConstraintRef, DropConstraint};
use crate::schema::{Deferrable, ForeignKey, NullsDistinct, Table, Validity};
use std::fmt::Write as _;

/// Returns the constraints that are not defined on a column, in the order in which they are written.
#[must_use]
pub fn constraints(table: &Table) -> Vec<Constraint> {
    let key = table
        .primary_key
        .iter()
        .cloned()
        .map(Constraint::PrimaryKey);
    let foreign = table
        .foreign_keys
        .iter()
        .cloned()
        .map(Constraint::ForeignKey);
    let uniques = table.uniques.iter().cloned().map(Constraint::Unique);
    let checks = table.checks.iter().cloned().map(Constraint::Check);
    let excludes = table.excludes.iter().cloned().map(Constraint::Exclude);
    key.chain(foreign)
        .chain(uniques)
        .chain(checks)
        .chain(excludes)
        .collect()
}

/// Returns a constraint as in CREATE TABLE and after ADD.
#[must_use]
pub fn constraint(dialect: &dyn Dialect, constraint: &Constraint) -> String {
    let body = match constraint {
        Constraint::PrimaryKey(key) => format!("PRIMARY KEY ({})", names(dialect, &key.columns)),
        Constraint::Unique(unique) => {
            let nulls = match unique.nulls {
                NullsDistinct::Distinct => "",
                NullsDistinct::NotDistinct => " NULLS NOT DISTINCT",
            };
            format!(
                "UNIQUE{nulls} ({}){}",
                names(dialect, &unique.columns),
                deferrable(unique.deferrable)
            )
        }
        Constraint::Check(check) => {
            format!("CHECK ({}){}", check.condition, validity(check.validity))
        }
        Constraint::Exclude(exclude) => exclude.definition.clone(),
        Constraint::ForeignKey(key) => {
            format!(
                "FOREIGN KEY ({}) {}",
                names(dialect, &key.columns),
                references(dialect, key)
            )
        }
    };
    match constraint.name() {
        Some(name) => format!("CONSTRAINT {} {body}", dialect.identifier(name)),
        None => body,
    }
}

pub(super) fn drop(dialect: &dyn Dialect, op: &DropConstraint) -> String {
    let table = dialect.identifier(&op.table);
    match &op.reference {
        ConstraintRef::Named(name) => {
            format!(
                "ALTER TABLE {table} DROP CONSTRAINT {}",
                dialect.identifier(name)
            )
        }
        // If the database names all of them, the backend has already filled in the name.
        ConstraintRef::PrimaryKey => format!("ALTER TABLE {table} DROP PRIMARY KEY"),
        other => format!(
            "ALTER TABLE {table} DROP CONSTRAINT /* {} */",
            other.title()
        ),
    }
}

/// Returns the name of the table that a foreign key references.
pub fn target(dialect: &dyn Dialect, key: &ForeignKey) -> String {
    qualified(dialect, key.schema.as_deref(), &key.table)
}

/// Returns the name of a table, with its schema if one is given.
pub fn qualified(dialect: &dyn Dialect, schema: Option<&str>, table: &str) -> String {
    let table = dialect.identifier(table);
    match schema {
        Some(schema) => format!("{}.{table}", dialect.identifier(schema)),
        None => table,
    }
}

pub(super) fn references(dialect: &dyn Dialect, key: &ForeignKey) -> String {
    let mut sql = format!("REFERENCES {}", target(dialect, key));
    if !key.references.is_empty() {
        let _ = write!(sql, " ({})", names(dialect, &key.references));
    }
    if let Some(action) = key.on_delete {
        let _ = write!(sql, " ON DELETE {}", action.sql());
    }
    if let Some(action) = key.on_update {
        let _ = write!(sql, " ON UPDATE {}", action.sql());
    }
    sql.push_str(deferrable(key.deferrable));
    sql.push_str(validity(key.validity));
    sql
}

fn deferrable(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE INITIALLY IMMEDIATE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Checked => "",
        Validity::NotValid => " NOT VALID",
    }
}
