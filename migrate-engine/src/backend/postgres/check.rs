//! Checks whether PostgreSQL can run an operation, before anything runs.

use crate::backend::CheckOutcome;
use crate::error::OpError;
use migrate_schema::operation::{
    ConstraintRef, CreateIndex, CreateSchema, DropColumn, DropIndex, ExistenceCheck, Locking,
    Operation,
};
use migrate_schema::schema::{Column, Generated};
use postgres::Transaction;

use super::PostgresDialect;
use super::error::from_driver;
use super::resolve::same;
use super::session::{PgSession, TransactionState};
use super::{inspect, unsupported};
use migrate_schema::ddl::{self, Dialect as _};

/// The greatest length of a name, in bytes. The server truncates longer names without an error.
const LONGEST: usize = 63;

/// Checks whether `operation` can run.
pub(super) fn check(
    session: &mut PgSession<'_>,
    operation: &Operation,
) -> Result<CheckOutcome, OpError> {
    if let Some(name) = names(operation)
        .into_iter()
        .find(|name| name.len() > LONGEST)
    {
        return invalid(
            operation,
            format!(
                "`{name}` is {} bytes long, and PostgreSQL truncates names to {LONGEST} bytes",
                name.len()
            ),
            "give it a shorter name",
        );
    }
    if !has_work(session, operation).map_err(inspection)? {
        return Ok(CheckOutcome::Skip);
    }
    if let Some((reason, help)) = unsupported::unsupported_reason(operation) {
        return unsupported(operation, reason, help);
    }
    match operation {
        Operation::CreateTable(op) => {
            op.table
                .columns
                .iter()
                .try_for_each(|column| computed(session, operation, column))?;
        }
        Operation::AddColumn(op) => computed(session, operation, &op.column)?,
        Operation::DropColumn(op) => drop_column(session, operation, op)?,
        Operation::CreateIndex(op) => create_index(session, operation, op)?,
        Operation::DropIndex(op) => drop_index(session, operation, op)?,
        Operation::AddEnumValue(_) => add_enum_value(session, operation)?,
        Operation::CreateSchema(op) => create_schema(session, operation, op)?,
        _ => {}
    }
    Ok(CheckOutcome::Run)
}

fn unsupported<R>(operation: &Operation, reason: String, help: &str) -> Result<R, OpError> {
    Err(OpError::Unsupported {
        operation: operation.title(),
        reason,
        help: help.to_owned(),
    })
}

fn invalid<R>(operation: &Operation, reason: String, help: &str) -> Result<R, OpError> {
    Err(OpError::Invalid {
        operation: operation.title(),
        reason,
        help: help.to_owned(),
    })
}

fn inspection(error: postgres::Error) -> OpError {
    OpError::Inspection(from_driver(&error))
}

/// Returns the names that an operation gives.
fn names(operation: &Operation) -> Vec<&str> {
    match operation {
        Operation::CreateTable(op) => {
            let table = &op.table;
            let columns = table.columns.iter().map(|column| column.name.as_str());
            std::iter::once(table.name.as_str())
                .chain(columns)
                .chain(table.constraint_names())
                .collect()
        }
        Operation::RenameTable(op) => vec![&op.to],
        Operation::AddColumn(op) => vec![&op.column.name],
        Operation::RenameColumn(op) => vec![&op.to],
        Operation::CreateIndex(op) => vec![&op.index.name],
        Operation::AddConstraint(op) => op.constraint.name().into_iter().collect(),
        Operation::RenameIndex(op) => vec![&op.to],
        Operation::RenameConstraint(op) => vec![&op.to],
        Operation::CreateView(op) => vec![&op.view.name],
        Operation::CreateTrigger(op) => vec![&op.trigger.name],
        Operation::CreateEnum(op) => std::iter::once(&op.enum_type.name)
            .chain(&op.enum_type.values)
            .map(String::as_str)
            .collect(),
        Operation::AddEnumValue(op) => vec![&op.value],
        Operation::RenameEnumValue(op) => vec![&op.to],
        Operation::CreateSchema(op) => vec![&op.name],
        _ => Vec::new(),
    }
}

/// Returns whether a conditional operation (`if_not_exists`, `if_exists`) has anything to do. Other operations always
/// have.
fn has_work(session: &mut PgSession<'_>, operation: &Operation) -> Result<bool, postgres::Error> {
    let transaction = &mut session.transaction;
    let mut table = |name: &str| {
        Ok::<_, postgres::Error>(
            inspect::tables(transaction)?
                .iter()
                .any(|found| found == name),
        )
    };
    let (existence, exists) = match operation {
        Operation::CreateTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, table(&op.table.name)?)
        }
        Operation::DropTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, table(&op.name)?)
        }
        Operation::RenameTable(op) if op.existence != ExistenceCheck::None => {
            (op.existence, table(&op.from)?)
        }
        Operation::AddColumn(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            has_column(session, &op.table, &op.column.name)?,
        ),
        Operation::DropColumn(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_column(session, &op.table, &op.name)?)
        }
        Operation::CreateIndex(op) if op.existence != ExistenceCheck::None => {
            let found = find_index(session, &op.index.name)?;
            (op.existence, found.is_some_and(|found| found.valid))
        }
        Operation::DropIndex(op) if op.existence != ExistenceCheck::None => {
            (op.existence, find_index(session, &op.name)?.is_some())
        }
        Operation::AddConstraint(op) if op.existence != ExistenceCheck::None => {
            let reference = op.constraint.reference();
            (
                op.existence,
                has_constraint(session, &op.table, &reference)?,
            )
        }
        Operation::DropConstraint(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            has_constraint(session, &op.table, &op.reference)?,
        ),
        other => return has_work_on_object(session, other),
    };
    Ok(exists == (existence == ExistenceCheck::IfExists))
}

/// Like [`has_work`], for objects other than tables and their parts.
fn has_work_on_object(
    session: &mut PgSession<'_>,
    operation: &Operation,
) -> Result<bool, postgres::Error> {
    let transaction = &mut session.transaction;
    let (existence, exists) = match operation {
        Operation::CreateView(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_view(transaction, &op.view.name)?)
        }
        Operation::DropView(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_view(transaction, &op.name)?)
        }
        Operation::CreateTrigger(op) if op.existence != ExistenceCheck::None => {
            let trigger = &op.trigger;
            (
                op.existence,
                has_trigger(transaction, &trigger.table, &trigger.name)?,
            )
        }
        Operation::DropTrigger(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_trigger(transaction, &op.table, &op.name)?)
        }
        Operation::CreateEnum(op) if op.existence != ExistenceCheck::None => {
            let exists = inspect::has_enum_value(transaction, &op.enum_type.name, None)?;
            (op.existence, exists)
        }
        Operation::DropEnum(op) if op.existence != ExistenceCheck::None => (
            op.existence,
            inspect::has_enum_value(transaction, &op.name, None)?,
        ),
        Operation::CreateSchema(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_schema(transaction, &op.name)?)
        }
        Operation::DropSchema(op) if op.existence != ExistenceCheck::None => {
            (op.existence, has_schema(transaction, &op.name)?)
        }
        Operation::AddEnumValue(op) if op.existence != ExistenceCheck::None => {
            let exists = inspect::has_enum_value(transaction, &op.name, Some(&op.value))?;
            (op.existence, exists)
        }
        _ => return Ok(true),
    };
    Ok(exists == (existence == ExistenceCheck::IfExists))
}

/// Rejects a schema that exists: in a scratch database the schemas of the search path exist, which users otherwise
/// create outside of revisions.
fn create_schema(
    session: &mut PgSession<'_>,
    operation: &Operation,
    op: &CreateSchema,
) -> Result<(), OpError> {
    if !has_schema(&mut session.transaction, &op.name).map_err(inspection)? {
        return Ok(());
    }
    invalid(
        operation,
        "it already exists; a scratch database has the schemas of the search path".to_owned(),
        "use `create_schema_if_not_exists`, which accepts an existing schema",
    )
}

fn has_schema(transaction: &mut Transaction<'_>, name: &str) -> Result<bool, postgres::Error> {
    let sql = "SELECT FROM pg_namespace WHERE nspname = $1";
    Ok(transaction.query_opt(sql, &[&name])?.is_some())
}

fn has_view(transaction: &mut Transaction<'_>, name: &str) -> Result<bool, postgres::Error> {
    let sql = "SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
               WHERE c.relname = $1 AND c.relkind IN ('v', 'm') AND n.nspname = current_schema()";
    Ok(transaction.query_opt(sql, &[&name])?.is_some())
}

fn has_trigger(
    transaction: &mut Transaction<'_>,
    table: &str,
    name: &str,
) -> Result<bool, postgres::Error> {
    let sql = "SELECT FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid \
               JOIN pg_namespace AS n ON n.oid = c.relnamespace \
               WHERE c.relname = $1 AND g.tgname = $2 AND NOT g.tgisinternal AND n.nspname = current_schema()";
    Ok(transaction.query_opt(sql, &[&table, &name])?.is_some())
}

fn has_constraint(
    session: &mut PgSession<'_>,
    table: &str,
    reference: &ConstraintRef,
) -> Result<bool, postgres::Error> {
    let table = inspect::table(&mut session.transaction, table)?;
    let constraints = table.as_ref().map(ddl::constraints).unwrap_or_default();
    Ok(constraints.iter().any(|found| match reference.name() {
        Some(name) => found.name() == Some(name),
        None => same(&found.definition_ref(), reference),
    }))
}

fn has_column(
    session: &mut PgSession<'_>,
    table: &str,
    column: &str,
) -> Result<bool, postgres::Error> {
    let columns = inspect::columns(&mut session.transaction, Some(&[table.to_owned()]))?;
    Ok(columns.iter().any(|(_, found)| found.name == column))
}

struct FoundIndex {
    table: String,
    valid: bool,
}

fn find_index(
    session: &mut PgSession<'_>,
    name: &str,
) -> Result<Option<FoundIndex>, postgres::Error> {
    let found = session.transaction.query_opt(
        "SELECT t.relname::text, i.indisvalid FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
         JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relname = $1 AND n.nspname = current_schema()",
        &[&name],
    )?;
    found
        .map(|row| {
            Ok(FoundIndex {
                table: row.try_get(0)?,
                valid: row.try_get(1)?,
            })
        })
        .transpose()
}

fn version(session: &mut PgSession<'_>) -> Result<i32, OpError> {
    session
        .transaction
        .query_one("SELECT current_setting('server_version_num')::integer", &[])
        .and_then(|row| row.try_get(0))
        .map_err(inspection)
}

fn add_enum_value(session: &mut PgSession<'_>, operation: &Operation) -> Result<(), OpError> {
    if session.transaction_state == TransactionState::Outside || version(session)? >= 120_000 {
        return Ok(());
    }
    unsupported(
        operation,
        "before version 12 PostgreSQL can add an enum value only outside a transaction".to_owned(),
        "give it a revision of its own, with `transaction: false` in its header",
    )
}

fn computed(
    session: &mut PgSession<'_>,
    operation: &Operation,
    column: &Column,
) -> Result<(), OpError> {
    if !matches!(column.generated, Some(Generated::Virtual(_))) {
        return Ok(());
    }
    let version = version(session)?;
    if version >= 180_000 {
        return Ok(());
    }
    unsupported(
        operation,
        format!(
            "column `{}` is computed when it is read, which PostgreSQL supports since version 18, and the server is \
             version {}",
            column.name,
            version / 10_000
        ),
        "use `generated_stored()`, which is computed when the row is written",
    )
}

/// Rejects the drop of a column that an index or constraint shares with other columns, because PostgreSQL would drop
/// it silently.
fn drop_column(
    session: &mut PgSession<'_>,
    operation: &Operation,
    op: &DropColumn,
) -> Result<(), OpError> {
    let found = session
        .transaction
        .query_opt(
            "SELECT CASE WHEN k.oid IS NULL THEN 'index' ELSE 'constraint' END, x.relname::text \
             FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema() \
             JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped \
             JOIN pg_index AS i ON i.indrelid = c.oid JOIN pg_class AS x ON x.oid = i.indexrelid \
             LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = c.oid \
             WHERE c.relname = $1 AND a.attnum = ANY (i.indkey) AND i.indnatts > 1 ORDER BY x.relname LIMIT 1",
            &[&op.table, &op.name],
        )
        .map_err(inspection)?;
    let Some(row) = found else { return Ok(()) };
    let kind: String = row.try_get(0).map_err(inspection)?;
    let name: String = row.try_get(1).map_err(inspection)?;
    let call = match kind.as_str() {
        "index" => format!("op.drop_index(\"{}\", \"{name}\")", op.table),
        _ => format!("t.drop_constraint(\"{name}\")"),
    };
    unsupported(
        operation,
        format!(
            "{kind} `{name}` also covers other columns, and PostgreSQL would drop it with this column"
        ),
        &format!("drop it explicitly first: `{call}`"),
    )
}

fn outside_only(
    session: &PgSession<'_>,
    operation: &Operation,
    locking: Locking,
) -> Result<(), OpError> {
    if locking == Locking::Blocking || session.transaction_state == TransactionState::Outside {
        return Ok(());
    }
    invalid(
        operation,
        "PostgreSQL can do this without blocking writes only outside a transaction".to_owned(),
        "write `transaction: false` in the revision's header, and move all other operations to another revision",
    )
}

fn create_index(
    session: &mut PgSession<'_>,
    operation: &Operation,
    op: &CreateIndex,
) -> Result<(), OpError> {
    outside_only(session, operation, op.locking)?;
    if op.locking == Locking::Blocking {
        return Ok(());
    }
    // An index that an earlier attempt left invalid is useless, slows down every write, and blocks the name.
    match find_index(session, &op.index.name).map_err(inspection)? {
        Some(found) if !found.valid && found.table == op.index.table => {
            let name = PostgresDialect.identifier(&op.index.name);
            session
                .transaction
                .batch_execute(&format!("DROP INDEX CONCURRENTLY {name}"))
                .map_err(inspection)
        }
        _ => Ok(()),
    }
}

fn drop_index(
    session: &mut PgSession<'_>,
    operation: &Operation,
    op: &DropIndex,
) -> Result<(), OpError> {
    outside_only(session, operation, op.locking)?;
    match find_index(session, &op.name).map_err(inspection)? {
        Some(found) if found.table != op.table => invalid(
            operation,
            format!(
                "the index belongs to `{}`, not to `{}`",
                found.table, op.table
            ),
            "pass the table that the index belongs to",
        ),
        _ => Ok(()),
    }
}
