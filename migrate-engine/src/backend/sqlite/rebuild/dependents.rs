//! Checks SQLite's own changes for views, triggers and full-text tables that SQLite does not check. Each change is
//! tried, checked, and rolled back if one of them would no longer work.

use rusqlite::{Connection, OptionalExtension};

use crate::backend::sqlite::unregistered::Placeholders;

use super::error::{AlterError, WithStatement};
use super::pragmas::{Pragmas, Savepoint};
use super::probe::{ExpectedRemoval, Probes};
use super::{content, quoted, words};

/// Renames a table with these statements.
pub(in crate::backend::sqlite) fn rename_table(
    connection: &Connection,
    table: &str,
    statements: &[String],
) -> Result<(), AlterError> {
    content::check_table(connection, table)?;
    rename(connection, statements)
}

/// Runs statements that rename something. SQLite parses every view and trigger for that, and stops at an invalid one.
/// If it was invalid before, that is not a reason to stop.
pub(super) fn rename(connection: &Connection, statements: &[String]) -> Result<(), AlterError> {
    let failed = match run(connection, statements) {
        Err(error) if is_about_dependent(&error) => error,
        done => return done,
    };
    let savepoint = Savepoint::begin(connection, "cargo_migrate_rename")?;
    let mut placeholders = Placeholders::none(connection);
    let before = Probes::take_with(connection, &mut placeholders)?;
    let mut done = match placeholders.is_empty() {
        true => Err(failed),
        false => run(connection, statements),
    };
    // Indexes and tables also refer to collations and functions.
    while let Err(AlterError::Statement { source, .. }) = &done
        && placeholders.for_error(source)
    {
        done = run(connection, statements);
    }
    if let Err(error) = &done
        && is_about_dependent(error)
        && before.has_broken()
    {
        let pragmas = Pragmas::broken_objects_stay(connection)?;
        done = run(connection, statements);
        drop(pragmas);
        // The schema is read again, which fails if more than views and triggers was left unchanged.
        let reset = "PRAGMA main.writable_schema = RESET";
        connection.execute_batch(reset).with_statement(reset)?;
    }
    done?;
    let after = Probes::take_with(connection, &mut placeholders)?;
    before.compare(&after, ExpectedRemoval::Nothing)?;
    savepoint.release()
}

/// Runs all of the statements, or none on an error.
fn run(connection: &Connection, statements: &[String]) -> Result<(), AlterError> {
    let savepoint = Savepoint::begin(connection, "cargo_migrate_statements")?;
    for sql in statements {
        connection.execute_batch(sql).with_statement(sql)?;
    }
    savepoint.release()
}

/// Returns whether SQLite found a view, trigger or index that it can't parse.
fn is_about_dependent(error: &AlterError) -> bool {
    match error {
        AlterError::Statement { source, .. } => {
            let message = words(source);
            message.starts_with("error in ") || message.starts_with("no such collation sequence")
        }
        _ => false,
    }
}

/// Returns an error if the added column would change the number of columns that a view or trigger depends on.
pub(in crate::backend::sqlite) fn check_added(
    connection: &Connection,
    statements: &[String],
) -> Result<(), AlterError> {
    if !has_objects(connection)? {
        return Ok(());
    }
    let before = Probes::take(connection)?;
    // The savepoint is never released: the caller runs the statements afterwards.
    let _savepoint = Savepoint::begin(connection, "cargo_migrate_added")?;
    // The later run reports a failed statement.
    match run(connection, statements) {
        Ok(()) => before.compare(&Probes::take(connection)?, ExpectedRemoval::Nothing),
        Err(_) => Ok(()),
    }
}

/// Returns an error if a view, a trigger of another table or a full-text table needs the table to drop.
pub(in crate::backend::sqlite) fn check_dropped(
    connection: &Connection,
    table: &str,
) -> Result<(), AlterError> {
    content::check_table(connection, table)?;
    if !has_objects(connection)? {
        return Ok(());
    }
    let before = Probes::take(connection)?.without_triggers_on(table);
    let _pragmas = Pragmas::for_rebuild(connection)?;
    let _savepoint = Savepoint::begin(connection, "cargo_migrate_dropped")?;
    // A renamed table counts as dropped, and can be restored without copying its rows.
    let away = format!(
        "ALTER TABLE main.{0} RENAME TO {1}",
        quoted(table),
        quoted(&format!("_migrate_dropped_{table}"))
    );
    let drop = format!("DROP TABLE main.{}", quoted(table));
    if connection.execute_batch(&away).is_err() && connection.execute_batch(&drop).is_err() {
        return Ok(());
    }
    before.compare(&Probes::take(connection)?, ExpectedRemoval::Table(table))
}

/// The views, triggers and full-text tables at one moment, and whether each works.
#[derive(Debug)]
pub(in crate::backend::sqlite) struct Dependents {
    probes: Probes,
    readers: Vec<(String, Option<String>)>,
}

impl Dependents {
    pub(in crate::backend::sqlite) fn look(
        connection: &Connection,
    ) -> Result<Dependents, AlterError> {
        let probes = match has_objects(connection)? {
            true => Probes::take(connection)?,
            false => Probes::none(),
        };
        let readers = content::states(connection)?;
        Ok(Dependents { probes, readers })
    }

    /// Returns the objects that worked then and do not now, each with SQLite's error.
    pub(in crate::backend::sqlite) fn broken_now(
        &self,
        connection: &Connection,
    ) -> Result<Vec<String>, AlterError> {
        let now = Dependents::look(connection)?;
        let mut broken = match self.probes.compare(&now.probes, ExpectedRemoval::Nothing) {
            Ok(()) => Vec::new(),
            Err(AlterError::Broken { broken }) => broken,
            Err(error) => return Err(error),
        };
        let worked_before = |name: &str| {
            let mut before = self.readers.iter();
            before.any(|(own, why)| own == name && why.is_none())
        };
        let readers = now.readers.into_iter();
        broken.extend(readers.filter_map(|(name, why)| {
            let why = why.filter(|_| worked_before(&name))?;
            Some(format!("full-text table `{name}`: {why}"))
        }));
        Ok(broken)
    }
}

/// Returns whether any view or trigger exists.
fn has_objects(connection: &Connection) -> Result<bool, AlterError> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE type IN ('view', 'trigger') \
               UNION ALL SELECT 1 FROM temp.sqlite_schema WHERE type IN ('view', 'trigger') LIMIT 1";
    let mut statement = connection.prepare_cached(sql).with_statement(sql)?;
    let found = statement.query_row([], |_| Ok(())).optional();
    Ok(found.with_statement(sql)?.is_some())
}
