//! Fills in details of an operation that must be read from the live database, before it runs.

use super::error::from_driver;
use super::inspect;
use super::normalize::chosen;
use super::session::PgSession;
use super::statements::sequence;
use crate::error::OpError;
use migrate_schema::ddl;
use migrate_schema::operation::{AlterColumn, ConstraintRef, DropConstraint, Operation};
use migrate_schema::schema::{Column, DefaultValue, Type};

use super::expression::form;

/// Returns the operation with all details that it needs to run.
pub(super) fn resolve(
    session: &mut PgSession<'_>,
    operation: Operation,
) -> Result<Operation, OpError> {
    match operation {
        Operation::DropConstraint(op) if op.reference.name().is_none() => {
            drop_constraint(session, op).map(Operation::DropConstraint)
        }
        Operation::AlterColumn(op) => alter_column(session, op).map(Operation::AlterColumn),
        Operation::SetTableOptions(mut op) if op.from.is_none() => {
            let table = inspect::table(&mut session.transaction, &op.table).map_err(inspection)?;
            op.from = table.map(|table| table.options);
            Ok(Operation::SetTableOptions(op))
        }
        Operation::CreateTable(mut op) => {
            let name = op.table.name.clone();
            for column in &mut op.table.columns {
                own_sequence(session, &name, column)?;
            }
            Ok(Operation::CreateTable(op))
        }
        Operation::AddColumn(mut op) => {
            own_sequence(session, &op.table, &mut op.column)?;
            Ok(Operation::AddColumn(op))
        }
        other => Ok(other),
    }
}

fn inspection(error: postgres::Error) -> OpError {
    OpError::Inspection(from_driver(&error))
}

/// Finds the name of a constraint that is identified by its columns or condition.
fn drop_constraint(
    session: &mut PgSession<'_>,
    mut op: DropConstraint,
) -> Result<DropConstraint, OpError> {
    let table = inspect::table(&mut session.transaction, &op.table).map_err(inspection)?;
    let constraints = table.as_ref().map(ddl::constraints).unwrap_or_default();
    let found = constraints
        .iter()
        .find(|found| same(&found.definition_ref(), &op.reference));
    let Some(name) = found.and_then(|found| found.name()) else {
        return Err(OpError::Invalid {
            operation: Operation::DropConstraint(op.clone()).title(),
            reason: format!("table `{}` has no such constraint", op.table),
            help: "check the columns, or name the constraint: `t.drop_constraint(\"…\")`"
                .to_owned(),
        });
    };
    op.reference = ConstraintRef::Named(name.to_owned());
    Ok(op)
}

/// Returns whether two refer to the same constraint, however the server prints its condition.
pub(super) fn same(one: &ConstraintRef, other: &ConstraintRef) -> bool {
    match (one, other) {
        (ConstraintRef::Check(one), ConstraintRef::Check(other)) => form(one) == form(other),
        (ConstraintRef::Exclude(one), ConstraintRef::Exclude(other)) => {
            one.split_whitespace().eq(other.split_whitespace())
        }
        (one, other) => one == other,
    }
}

/// Fills in the current column: a new type resets the collation, and a collation is set together with the type.
fn alter_column(session: &mut PgSession<'_>, mut op: AlterColumn) -> Result<AlterColumn, OpError> {
    let numbers = op.identity.is_some() || op.autoincrement.is_some();
    if op.data_type.is_none() && op.collation.is_none() && !numbers {
        return Ok(op);
    }
    let columns = inspect::columns(
        &mut session.transaction,
        Some(std::slice::from_ref(&op.table)),
    )
    .map_err(inspection)?;
    let found = columns
        .into_iter()
        .find(|(_, column)| column.name == op.name);
    let Some((_, column)) = found else {
        return Ok(op);
    };
    if op.collation.is_some() {
        op.data_type.get_or_insert_with(|| column.data_type.clone());
    } else if op.data_type.as_ref().is_some_and(is_text) && column.collation.is_some() {
        op.collation = Some(column.collation.clone());
    }
    // The server stores a default with the type of the column. It can't always convert the default to the new type,
    // and can't drop the old type while the default uses it.
    if op.data_type.is_some() && op.default.is_none() && column.default.is_some() {
        op.default = Some(column.default.clone());
    }
    op.from.get_or_insert_with(|| Box::new(column));
    Ok(op)
}

fn is_text(data_type: &Type) -> bool {
    match data_type {
        Type::Text | Type::Varchar(_) | Type::Char(_) => true,
        Type::Custom(spelling) => {
            let spelling = spelling.to_lowercase();
            spelling.starts_with("character") || spelling.starts_with("varchar")
        }
        _ => false,
    }
}

/// Creates a column with its own sequence, as `serial` does, if the default names such a sequence and it does not
/// exist yet. So a table can be recreated from its inspection.
fn own_sequence(
    session: &mut PgSession<'_>,
    table: &str,
    column: &mut Column,
) -> Result<(), OpError> {
    let own = chosen(table, std::slice::from_ref(&column.name), "seq");
    let spelling = match &column.data_type {
        Type::SmallInt => "smallserial",
        Type::Integer => "serial",
        Type::BigInt => "bigserial",
        _ => return Ok(()),
    };
    let is_own =
        sequence(column.default.as_ref()).is_some_and(|name| name.trim_matches('"') == own);
    if !is_own {
        return Ok(());
    }
    let exists = session
        .transaction
        .query_one("SELECT to_regclass(quote_ident($1)) IS NOT NULL", &[&own])
        .and_then(|row| row.try_get::<_, bool>(0))
        .map_err(inspection)?;
    if !exists {
        column.data_type = Type::custom(spelling);
        column.default = None::<DefaultValue>;
    }
    Ok(())
}
