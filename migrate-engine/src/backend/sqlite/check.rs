//! Checks whether SQLite supports an operation, before anything runs.

use rusqlite::{Connection, OptionalExtension};

use crate::backend::CheckOutcome;
use crate::error::OpError;
use migrate_schema::ddl;
use migrate_schema::operation::{
    ConstraintRef, CreateIndex, DropIndex, DropTable, ExistenceCheck, Operation,
};

use super::alter::check_dependents;
use super::error::from_driver;
use super::unsupported::{self, UnsupportedReason};
use super::{SqliteDialect, inspect};
use migrate_schema::ddl::Dialect as _;

/// Checks whether `operation` can run.
pub(super) fn check(
    connection: &Connection,
    operation: &Operation,
) -> Result<CheckOutcome, OpError> {
    if !has_work(connection, operation).map_err(inspection)? {
        return Ok(CheckOutcome::Skip);
    }
    if let Some(refusal) = unsupported::unsupported_reason(operation) {
        return refused(operation, refusal);
    }
    match operation {
        Operation::DropTable(op) => drop_table(connection, operation, op),
        Operation::CreateIndex(op) => create_index(operation, op),
        Operation::DropIndex(op) => drop_index(connection, operation, op),
        _ => Ok(()),
    }?;
    check_dependents(connection, operation)?;
    Ok(CheckOutcome::Run)
}

fn refused<R>(operation: &Operation, refusal: UnsupportedReason) -> Result<R, OpError> {
    Err(OpError::Unsupported {
        operation: operation.title(),
        reason: refusal.reason,
        help: refusal.help.to_owned(),
    })
}

fn invalid(operation: &Operation, reason: String, help: &str) -> Result<(), OpError> {
    Err(OpError::Invalid {
        operation: operation.title(),
        reason,
        help: help.to_owned(),
    })
}

fn inspection(error: rusqlite::Error) -> OpError {
    OpError::Inspection(from_driver(&error))
}

/// Returns whether an `if_not_exists` or `if_exists` form has anything to do. Other forms always have.
fn has_work(connection: &Connection, operation: &Operation) -> rusqlite::Result<bool> {
    let object =
        |kind: &str, name: &str| Ok(inspect::definition(connection, kind, name)?.is_some());
    let table = |name: &str| object("table", name);
    let column = |table: &str, name: &str| -> rusqlite::Result<bool> {
        connection
            .prepare_cached("SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE")?
            .exists([table, name])
    };
    let index = |name: &str| object("index", name);
    let (existence, there): (ExistenceCheck, rusqlite::Result<bool>) = match operation {
        Operation::CreateTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, table(&op.table.name))
        }
        Operation::DropTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, table(&op.name))
        }
        Operation::RenameTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, table(&op.from))
        }
        Operation::AddColumn(op) if op.existence != ExistenceCheck::None => {
            (op.existence, column(&op.table, &op.column.name))
        }
        Operation::DropColumn(op) if op.existence != ExistenceCheck::None => {
            (op.existence, column(&op.table, &op.name))
        }
        Operation::CreateIndex(op) if op.existence != ExistenceCheck::None => {
            (op.existence, index(&op.index.name))
        }
        Operation::DropIndex(op) if op.existence != ExistenceCheck::None => {
            (op.existence, index(&op.name))
        }
        Operation::CreateView(op) if op.existence != ExistenceCheck::None => {
            (op.existence, object("view", &op.view.name))
        }
        Operation::DropView(op) if op.existence != ExistenceCheck::None => {
            (op.existence, object("view", &op.name))
        }
        Operation::CreateTrigger(op) if op.existence != ExistenceCheck::None => {
            (op.existence, object("trigger", &op.trigger.name))
        }
        Operation::DropTrigger(op) if op.existence != ExistenceCheck::None => {
            (op.existence, object("trigger", &op.name))
        }
        Operation::AddConstraint(op) if op.existence != ExistenceCheck::None => {
            let reference = op.constraint.reference();
            (op.existence, constraint(connection, &op.table, &reference))
        }
        Operation::DropConstraint(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            constraint(connection, &op.table, &op.reference),
        ),
        _ => return Ok(true),
    };
    Ok(there? == (existence == ExistenceCheck::IfExists))
}

/// Returns whether a table has a constraint.
fn constraint(
    connection: &Connection,
    table: &str,
    reference: &ConstraintRef,
) -> rusqlite::Result<bool> {
    let Some(sql) = inspect::definition(connection, "table", table)? else {
        return Ok(false);
    };
    let table = inspect::table(connection, table, &sql)?;
    let same = |one: &ConstraintRef| match (one, reference) {
        (ConstraintRef::Unique(one), ConstraintRef::Unique(other))
        | (ConstraintRef::ForeignKey(one), ConstraintRef::ForeignKey(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.eq_ignore_ascii_case(other))
        }
        (one, other) => one == other,
    };
    Ok(ddl::constraints(&table).iter().any(|found| {
        let named = reference.name().zip(found.name());
        match named {
            Some((one, other)) => one.eq_ignore_ascii_case(other),
            None => reference.name().is_none() && same(&found.definition_ref()),
        }
    }))
}

/// Returns an error if rows of other tables reference the table. SQLite deletes the rows of a table before it drops it,
/// and with foreign keys on, ON DELETE CASCADE would silently delete the rows of other tables.
fn drop_table(
    connection: &Connection,
    operation: &Operation,
    op: &DropTable,
) -> Result<(), OpError> {
    let enforced: bool = connection
        .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
        .map_err(inspection)?;
    if !enforced {
        return Ok(());
    }
    for (table, column) in referrers(connection, &op.name).map_err(inspection)? {
        let id = |name: &str| SqliteDialect.identifier(name);
        let sql = format!(
            "SELECT count(*) FROM {} WHERE {} IS NOT NULL",
            id(&table),
            id(&column)
        );
        let rows: i64 = connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(inspection)?;
        if rows > 0 {
            let reason = format!(
                "`{table}.{column}` references it, and {rows} of its rows have a value in this column"
            );
            return invalid(
                operation,
                reason,
                "drop that table first, or set the column to NULL in the rows that you keep",
            );
        }
    }
    Ok(())
}

fn referrers(connection: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT child.name, link.\"from\" FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS link \
         WHERE child.type = 'table' AND link.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE",
    )?;
    statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn create_index(operation: &Operation, op: &CreateIndex) -> Result<(), OpError> {
    for part in &op.index.parts {
        // SQLite silently creates an index over a constant, which is useless unless a unique index limits the table to
        // one row.
        if let migrate_schema::schema::IndexKey::Expression(sql) = &part.key
            && ddl::needs_no_parentheses(sql)
            && !(op.index.unique && sql.parse::<i64>().is_ok())
        {
            return invalid(
                operation,
                format!("`{sql}` has the same value in every row"),
                "use a column, or an expression over columns",
            );
        }
    }
    Ok(())
}

fn drop_index(
    connection: &Connection,
    operation: &Operation,
    op: &DropIndex,
) -> Result<(), OpError> {
    let table: Option<String> = connection
        .prepare_cached(
            "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?1 COLLATE NOCASE",
        )
        .and_then(|mut statement| statement.query_row([&op.name], |row| row.get(0)).optional())
        .map_err(inspection)?;
    match table {
        Some(table) if !table.eq_ignore_ascii_case(&op.table) => invalid(
            operation,
            format!("the index belongs to `{table}`, not to `{}`", op.table),
            "pass the table that the index belongs to",
        ),
        _ => Ok(()),
    }
}
