//! Whether SQLite can do an operation, asked before anything runs.

use rusqlite::{Connection, OptionalExtension};

use crate::backend::Verdict;
use crate::ddl;
use crate::error::OpError;
use crate::op::{
    AddColumn, AlterColumn, Constraint, CreateIndex, DropColumn, DropIndex, DropTable, Locking,
    Operation, When,
};
use crate::schema::{DefaultValue, Generated};

use super::definition::{Named, TableDefinition, mentions};
use super::trouble::told;
use super::{SqliteDialect, inspect};
use crate::ddl::Dialect as _;

const REBUILD: &str = "create a table of the wanted shape under another name, copy the rows with `op.execute`, drop the \
                       old table and rename the new one";

/// Looks whether `operation` can run.
pub(super) fn check(connection: &Connection, operation: &Operation) -> Result<Verdict, OpError> {
    if !has_work(connection, operation).map_err(inspection)? {
        return Ok(Verdict::Skip);
    }
    match operation {
        Operation::AddColumn(op) => {
            add_column(op).map_or(Ok(()), |(reason, help)| refused(operation, reason, help))
        }
        Operation::DropColumn(op) => match drop_column(connection, op).map_err(inspection)? {
            Some((reason, help)) => refused(operation, reason, help),
            None => Ok(()),
        },
        Operation::DropTable(op) => drop_table(connection, operation, op),
        Operation::CreateIndex(CreateIndex {
            locking: Locking::Concurrent,
            ..
        })
        | Operation::DropIndex(DropIndex {
            locking: Locking::Concurrent,
            ..
        }) => refused(
            operation,
            "SQLite has one writer at a time, so nothing can go on meanwhile".to_owned(),
            "use `create_index` or `drop_index`".to_owned(),
        ),
        Operation::CreateIndex(op) => create_index(operation, op),
        Operation::DropIndex(op) => drop_index(connection, operation, op),
        Operation::AlterColumn(op) => match alter_column(op) {
            Some(reason) => refused(operation, reason, REBUILD.to_owned()),
            None => Ok(()),
        },
        Operation::AddConstraint(op) if !matches!(op.constraint, Constraint::Check(_)) => refused(
            operation,
            "SQLite can add no constraint but a check to a table that is there".to_owned(),
            match op.constraint {
                Constraint::Unique(_) => {
                    "create a unique index: it refuses the same rows".to_owned()
                }
                _ => REBUILD.to_owned(),
            },
        ),
        Operation::AddConstraint(_) | Operation::DropConstraint(_) => match too_old() {
            Some(reason) => refused(operation, reason, REBUILD.to_owned()),
            None => Ok(()),
        },
        Operation::CreateTable(_) | Operation::RenameTable(_) | Operation::RenameColumn(_) => {
            Ok(())
        }
    }?;
    Ok(Verdict::Run)
}

/// Tells what a failed statement means, where SQLite says it in its own way.
pub(super) fn explain(operation: &Operation, error: OpError) -> OpError {
    match (operation, &error) {
        (Operation::DropColumn(_), OpError::Statement { source, .. })
            if source.message.starts_with("error in ") =>
        {
            OpError::Unsupported {
                operation: operation.title(),
                reason: format!("something needs the column: {}", source.message),
                help: "drop that view, trigger or index first, and create it again afterwards"
                    .to_owned(),
            }
        }
        (Operation::DropConstraint(_), OpError::Statement { source, .. }) => OpError::Unsupported {
            operation: operation.title(),
            reason: format!(
                "SQLite can drop a check by its name, and nothing else: {}",
                source.message
            ),
            help: REBUILD.to_owned(),
        },
        _ => error,
    }
}

fn refused(operation: &Operation, reason: String, help: String) -> Result<(), OpError> {
    Err(OpError::Unsupported {
        operation: operation.title(),
        reason,
        help,
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
    OpError::Inspection(told(&error))
}

/// Returns whether an `if_missing` or `if_exists` form has anything to do; other forms always have.
fn has_work(connection: &Connection, operation: &Operation) -> rusqlite::Result<bool> {
    let table = |name: &str| Ok(inspect::definition(connection, "table", name)?.is_some());
    let column = |table: &str, name: &str| -> rusqlite::Result<bool> {
        connection
            .prepare_cached("SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE")?
            .exists([table, name])
    };
    let index = |name: &str| Ok(inspect::definition(connection, "index", name)?.is_some());
    let (when, there): (When, rusqlite::Result<bool>) = match operation {
        Operation::CreateTable(op) if op.when != When::Always => (op.when, table(&op.table.name)),
        Operation::DropTable(op) if op.when != When::Always => (op.when, table(&op.name)),
        Operation::RenameTable(op) if op.when != When::Always => (op.when, table(&op.from)),
        Operation::AddColumn(op) if op.when != When::Always => {
            (op.when, column(&op.table, &op.column.name))
        }
        Operation::DropColumn(op) if op.when != When::Always => {
            (op.when, column(&op.table, &op.name))
        }
        Operation::CreateIndex(op) if op.when != When::Always => (op.when, index(&op.index.name)),
        Operation::DropIndex(op) if op.when != When::Always => (op.when, index(&op.name)),
        _ => return Ok(true),
    };
    Ok(there? == (when == When::IfExists))
}

/// Returns why a column can't be added, and the way round. SQLite refuses some of these only where the table has rows;
/// a revision that works on an empty table only is refused always.
fn add_column(op: &AddColumn) -> Option<(String, String)> {
    let column = &op.column;
    let reason = |reason: &str, help: &str| Some((reason.to_owned(), help.to_owned()));
    if column.primary_key {
        return reason(
            "SQLite can't add a primary key to a table that is there",
            REBUILD,
        );
    }
    if column.unique {
        return reason(
            "SQLite can't add a UNIQUE column",
            "leave `unique()` out and create a unique index on the column afterwards",
        );
    }
    if matches!(column.generated, Some(Generated::Stored(_))) {
        return reason(
            "SQLite can't add a stored generated column",
            "use `generated()`, which is computed when it is read, or add a plain column and fill it",
        );
    }
    let null = matches!(column.default, None | Some(DefaultValue::Null));
    if column.references.is_some() && !null {
        return reason(
            "SQLite can't add a column that references a table and has a default other than NULL",
            "leave the default out, and fill the column with `op.execute`",
        );
    }
    if let Some(DefaultValue::Expression(sql)) = &column.default
        && (!ddl::stands_alone(sql) || sql.to_ascii_uppercase().starts_with("CURRENT_"))
    {
        return reason(
            "SQLite can't add a column whose default is computed",
            "add it without the default and fill it with `op.execute`",
        );
    }
    None
}

/// The version that first alters NOT NULL and CHECK in place.
const ALTERS: i32 = 3_053_000;

fn too_old() -> Option<String> {
    let linked = rusqlite::version();
    (rusqlite::version_number() < ALTERS)
        .then(|| format!("SQLite can from 3.53.0 on, and {linked} is linked"))
}

fn alter_column(op: &AlterColumn) -> Option<String> {
    if op.kind.is_some() {
        return Some("SQLite can't change the type of a column".to_owned());
    }
    if op.default.is_some() {
        return Some("SQLite can't change the default of a column".to_owned());
    }
    too_old()
}

fn drop_column(
    connection: &Connection,
    op: &DropColumn,
) -> rusqlite::Result<Option<(String, String)>> {
    let Some(sql) = inspect::definition(connection, "table", &op.table)? else {
        return Ok(None);
    };
    let mut schema = inspect::schema(connection, None)?;
    let Some(at) = schema
        .tables
        .iter()
        .position(|table| table.name.eq_ignore_ascii_case(&op.table))
    else {
        return Ok(None);
    };
    let table = schema.tables.swap_remove(at);
    let named = |columns: &[String]| {
        columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(&op.name))
    };
    let rebuild = |reason: String| Ok(Some((reason, REBUILD.to_owned())));
    if !table
        .columns
        .iter()
        .any(|column| column.name.eq_ignore_ascii_case(&op.name))
    {
        return Ok(None);
    }
    if table.columns.len() == 1 {
        return Ok(Some((
            "it is the table's only column".to_owned(),
            "drop the table".to_owned(),
        )));
    }
    if table.primary_key.is_some_and(|key| named(&key.columns)) {
        return rebuild("the column belongs to the primary key".to_owned());
    }
    if let Some(unique) = table.uniques.iter().find(|unique| named(&unique.columns)) {
        return rebuild(format!(
            "the column belongs to the unique constraint over {}",
            unique.columns.join(", ")
        ));
    }
    // What stands at the column goes with it.
    let definition = TableDefinition::read(&sql);
    let mut keys = definition
        .names
        .iter()
        .filter(|found| found.kind == Named::ForeignKey && found.beside);
    if keys.any(|key| named(&key.columns)) {
        return rebuild("the column belongs to a foreign key of the table".to_owned());
    }
    let own_indexes = schema
        .indexes
        .iter()
        .filter(|index| index.table.eq_ignore_ascii_case(&op.table));
    for index in own_indexes {
        let sql = inspect::definition(connection, "index", &index.name)?.unwrap_or_default();
        if mentions(&sql, &op.name) {
            let help = format!(
                "drop it first: `op.drop_index(\"{}\", \"{}\")`",
                op.table, index.name
            );
            return Ok(Some((
                format!("index `{}` uses the column", index.name),
                help,
            )));
        }
    }
    if let Some(reason) = needed_inside(&definition, &op.name) {
        return rebuild(reason);
    }
    Ok(None)
}

/// Returns what inside the table's own definition needs the column: a check or a generated column.
fn needed_inside(definition: &TableDefinition, column: &str) -> Option<String> {
    let computed = definition.columns.iter().find(|other| {
        matches!(&other.generated, Some(Generated::Virtual(sql) | Generated::Stored(sql)) if mentions(sql, column))
    });
    if let Some(other) = computed {
        return Some(format!("column `{}` is computed from it", other.name));
    }
    let (_, check) = definition.checks.iter().find(|(owner, check)| {
        let own = owner
            .as_ref()
            .is_some_and(|owner| owner.eq_ignore_ascii_case(column));
        !own && mentions(&check.condition, column)
    })?;
    let name = check
        .name
        .as_ref()
        .map(|name| format!(" `{name}`"))
        .unwrap_or_default();
    Some(format!(
        "the check{name} ({}) uses the column",
        check.condition
    ))
}

/// SQLite deletes a table's rows before it drops it, and with foreign keys on that reaches the rows of other tables:
/// ON DELETE CASCADE would delete them without a word.
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
                "`{table}.{column}` references it, and {rows} of its rows hold a value there"
            );
            return invalid(
                operation,
                reason,
                "drop that table first, or set the column to NULL where the rows stay",
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
        // An index over a number or a text is made without a word, and is never of use.
        if let crate::schema::IndexKey::Expression(sql) = &part.key
            && ddl::stands_alone(sql)
        {
            return invalid(
                operation,
                format!("`{sql}` is the same for each row"),
                "name a column or an expression",
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
            "name its own table",
        ),
        _ => Ok(()),
    }
}
