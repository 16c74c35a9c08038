//! Runs operations on one table together: translates operations into the alterations of [`rebuild`](super::rebuild),
//! and its errors into errors of operations.

#[cfg(test)]
mod dependents;
#[cfg(test)]
mod tests;

use rusqlite::Connection;

use crate::error::{DatabaseError, DatabaseErrorKind, OpError};
use migrate_schema::ddl::{self, Dialect as _};
use migrate_schema::operation::{self, AlterColumn, ExistingRows, Operation, Position};
use migrate_schema::schema::{Column, DefaultValue, Generated};

use super::SqliteDialect;
use super::error::with_connection;
use super::rebuild::{
    self, AlterError, Alteration, Change, ConstraintSelector, Edit, Native, OptionKind, alter,
};

/// Returns whether these operations need more than their own statements: a rename continues even if an unrelated view
/// is broken, and other operations may need a rebuild of the table.
pub(super) fn can_combine(operations: &[Operation]) -> bool {
    match operations {
        [Operation::RenameTable(_)] => true,
        operations => {
            let renames = |operation: &Operation| matches!(operation, Operation::RenameColumn(_));
            operations.iter().any(renames) || may_rebuild(operations)
        }
    }
}

/// Returns the statements of the operations, if recent SQLite versions need nothing else.
pub(super) fn preview_sql(
    connection: &Connection,
    operations: &[Operation],
) -> Option<Vec<String>> {
    if !may_rebuild(operations) {
        let statements = |operation| ddl::statements(&SqliteDialect, operation);
        return Some(operations.iter().flat_map(statements).collect());
    }
    let table = operations.iter().find_map(Operation::table)?;
    let mut alterations = Vec::new();
    for operation in operations {
        add(operation, &mut alterations).ok()?;
    }
    rebuild::statements(connection, table, &alterations)
}

/// Returns whether one of these operations has no statement that SQLite accepts whatever the table contains. The
/// statement that drops a column also removes comments, so it does not count.
fn may_rebuild(operations: &[Operation]) -> bool {
    operations.iter().any(|operation| match operation {
        Operation::AlterColumn(_)
        | Operation::DropColumn(_)
        | Operation::AddConstraint(_)
        | Operation::DropConstraint(_)
        | Operation::SetTableOptions(_) => true,
        Operation::AddColumn(op) => {
            let plain = op.fill.is_none() && op.position == Position::Last;
            !(plain && op.existing_rows == ExistingRows::Allowed && is_plain(&op.column))
        }
        _ => false,
    })
}

/// Returns whether SQLite can add such a column to a table that has rows
/// (<https://www.sqlite.org/lang_altertable.html#altertabaddcol>).
fn is_plain(column: &Column) -> bool {
    let null = matches!(column.default, None | Some(DefaultValue::Null));
    let computed = match &column.default {
        Some(DefaultValue::Expression(sql)) => {
            !ddl::needs_no_parentheses(sql) || sql.to_ascii_uppercase().starts_with("CURRENT_")
        }
        _ => false,
    };
    let stored = matches!(column.generated, Some(Generated::Stored(_)));
    let key = column.primary_key || column.unique;
    !key && !stored && !computed && (column.references.is_none() || null)
}

/// Runs the operations and returns the number of steps.
pub(super) fn run(
    connection: &Connection,
    operations: &[Operation],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<u32, OpError> {
    let Some(table) = operations.iter().find_map(Operation::table) else {
        return Ok(0);
    };
    if let [operation @ Operation::RenameTable(op)] = operations {
        let statements = ddl::statements(&SqliteDialect, operation);
        return match rebuild::rename_table(connection, &op.from, &statements) {
            Ok(()) => Ok(u32::try_from(statements.len()).unwrap_or(u32::MAX)),
            Err(error) => Err(op_error(connection, operation.title(), error)),
        };
    }
    let mut alterations = Vec::new();
    for operation in operations {
        add(operation, &mut alterations)?;
    }
    let done = alter(
        connection,
        table,
        &alterations,
        Native::WhereExact,
        &mut |now| progress(now.copied, now.total),
    );
    match done {
        Ok(done) => Ok(done.native + done.rebuilds),
        Err(error) => Err(op_error(connection, title(table, operations), error)),
    }
}

fn title(table: &str, operations: &[Operation]) -> String {
    match operations {
        [one] => one.title(),
        _ => format!("alter table `{table}`"),
    }
}

fn add(operation: &Operation, to: &mut Vec<Alteration>) -> Result<(), OpError> {
    let edit = match operation {
        Operation::AddColumn(op) => Edit::AddColumn {
            definition: ddl::column(&SqliteDialect, &op.column),
            position: match &op.position {
                Position::Last => rebuild::Position::Last,
                Position::First => rebuild::Position::First,
                Position::After(other) => rebuild::Position::After(other.clone()),
            },
            fill: op.fill.clone(),
        },
        Operation::DropColumn(op) => Edit::DropColumn {
            column: op.name.clone(),
        },
        Operation::RenameColumn(op) => {
            to.push(Alteration::RenameColumn {
                from: op.from.clone(),
                to: op.to.clone(),
            });
            return Ok(());
        }
        Operation::AlterColumn(op) => {
            to.extend(changes(op).into_iter().map(|change| {
                Alteration::Edit(Edit::AlterColumn {
                    column: op.name.clone(),
                    change,
                })
            }));
            return Ok(());
        }
        Operation::AddConstraint(op) => Edit::AddConstraint {
            definition: ddl::constraint(&SqliteDialect, &op.constraint),
        },
        Operation::DropConstraint(op) => Edit::DropConstraint(selector(&op.reference)),
        Operation::SetTableOptions(op) => {
            let options = op.options.as_deref().unwrap_or_default();
            to.extend(set_options(options).map(Alteration::Edit));
            return Ok(());
        }
        other => {
            return Err(OpError::Unsupported {
                operation: other.title(),
                reason: "it does not alter a table".to_owned(),
                help: "run it by itself".to_owned(),
            });
        }
    };
    to.push(Alteration::Edit(edit));
    Ok(())
}

/// Returns the edits that give a table exactly these options.
fn set_options(desired: &str) -> impl Iterator<Item = Edit> + '_ {
    OptionKind::ALL.into_iter().map(|kind| {
        let is_desired = desired.split(',').any(|word| option(word) == Some(kind));
        match is_desired {
            true => Edit::SetOption(kind),
            false => Edit::DropOption(kind),
        }
    })
}

/// Returns the table option of this name, if SQLite supports it.
pub(super) fn option(words: &str) -> Option<OptionKind> {
    let words: Vec<&str> = words.split_whitespace().collect();
    OptionKind::ALL
        .into_iter()
        .find(|kind| kind.sql().eq_ignore_ascii_case(&words.join(" ")))
}

fn selector(reference: &operation::ConstraintRef) -> ConstraintSelector {
    match reference {
        operation::ConstraintRef::Named(name) => ConstraintSelector::Named(name.clone()),
        operation::ConstraintRef::PrimaryKey => ConstraintSelector::PrimaryKey,
        operation::ConstraintRef::Unique(columns) => ConstraintSelector::Unique(columns.clone()),
        operation::ConstraintRef::ForeignKey(columns) => {
            ConstraintSelector::ForeignKey(columns.clone())
        }
        operation::ConstraintRef::Check(text) | operation::ConstraintRef::Exclude(text) => {
            ConstraintSelector::Check(text.clone())
        }
    }
}

fn changes(op: &AlterColumn) -> Vec<Change> {
    let set_type = op.data_type.as_ref().map(|data_type| Change::Type {
        sql: SqliteDialect.type_name(data_type),
        using: op.using.clone(),
    });
    let not_null = op.not_null.map(|not_null| match not_null {
        true => Change::SetNotNull {
            fill: op.fill.clone(),
        },
        false => Change::DropNotNull,
    });
    let default = op.default.as_ref().map(|default| match default {
        Some(value) => Change::SetDefault(ddl::default_value(&SqliteDialect, value)),
        None => Change::DropDefault,
    });
    let collation = op.collation.as_ref().map(|collation| match collation {
        Some(name) => Change::SetCollation(SqliteDialect.identifier(name)),
        None => Change::DropCollation,
    });
    set_type
        .into_iter()
        .chain(not_null)
        .chain(default)
        .chain(collation)
        .collect()
}

/// Checks the views, triggers and full-text tables that SQLite's own statement would silently break.
pub(super) fn check_dependents(
    connection: &Connection,
    operation: &Operation,
) -> Result<(), OpError> {
    let checked = match operation {
        Operation::AddColumn(_) if !can_combine(std::slice::from_ref(operation)) => {
            rebuild::check_added(connection, &ddl::statements(&SqliteDialect, operation))
        }
        Operation::DropTable(op) => rebuild::check_dropped(connection, &op.name),
        _ => Ok(()),
    };
    checked.map_err(|error| op_error(connection, operation.title(), error))
}

fn op_error(connection: &Connection, operation: String, error: AlterError) -> OpError {
    let (reason, help) = (error.to_string(), error.help());
    match error {
        AlterError::Statement { sql, source } => OpError::Statement {
            number: 1,
            sql,
            source: with_connection(connection)(source),
        },
        AlterError::NoRoom { .. } => OpError::Statement {
            number: 1,
            sql: operation,
            source: DatabaseError::new(DatabaseErrorKind::StorageFull, reason),
        },
        AlterError::NotOrdinary { .. }
        | AlterError::Unreadable { .. }
        | AlterError::Switch { .. }
        | AlterError::Mismatch { .. } => OpError::Unsupported {
            operation,
            reason,
            help,
        },
        _ => OpError::Invalid {
            operation,
            reason,
            help,
        },
    }
}
