//! Protects rows of other tables, views, triggers and full-text tables from a revision's own statements.
//!
//! With foreign keys on, DROP TABLE first deletes the rows of the table. That also affects the rows that reference
//! them: ON DELETE CASCADE deletes those rows, SET NULL clears their columns. A revision that rebuilds a table itself
//! does not intend this. Therefore:
//!
//! ```text
//! DROP TABLE t ───────────► runs with foreign keys off ─┐
//! PRAGMA foreign_keys=OFF ► off until ON, or the end ───┴─► at the end of the revision: refused if a key references a
//!                                                           missing row and did not before
//! DELETE FROM t ──────────► refused if it would delete or clear rows that reference the table
//! REPLACE INTO t ─────────► runs, and is rolled back if fewer rows reference the table afterwards
//! ALTER TABLE, DROP … ────► at the end of the revision: refused if a view, trigger or full-text table no longer works
//! ```
//!
//! SQLite ignores `PRAGMA foreign_keys` inside a transaction; here it takes effect.

mod referrers;
mod row_effects;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::error::{DatabaseError, DatabaseErrorKind};

use super::error::from_driver;
use super::rebuild::{AlterError, Dependents, Found};
use referrers::Referrers;
pub(super) use row_effects::{Reach, alters, may_reach, reach};

const ENABLED: DbConfig = DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;

/// The help for all of these errors.
const HELP: &str = "change the table with `op.alter_table`, which keeps the rows of other tables; if you want them deleted, delete them first";

thread_local! {
    /// The actions of the units of this thread, the innermost last. The code of a revision runs on the thread that
    /// began its unit.
    static UNITS: RefCell<Vec<Done>> = const { RefCell::new(Vec::new()) };
}

/// The actions of a unit that are checked at its end.
#[derive(Default)]
struct Done {
    /// Whether foreign keys were on at the beginning of the unit.
    enforced: bool,
    /// The dropped tables, each with the keys to it that already referenced missing rows.
    dropped: Vec<(String, Found)>,
    /// The keys that already referenced missing rows when foreign keys were turned off, and whether they are off now.
    off: Option<(Found, bool)>,
    /// The views, triggers and full-text tables before the first statement that alters or drops an object.
    dependents: Option<Dependents>,
}

/// A unit from begin to end. At the end foreign keys are turned on again, also after a panic.
pub(super) struct Unit<'c> {
    connection: &'c Connection,
}

impl<'c> Unit<'c> {
    pub(super) fn begin(connection: &'c Connection) -> Unit<'c> {
        let enforced = connection.db_config(ENABLED).unwrap_or(false);
        let done = Done {
            enforced,
            ..Done::default()
        };
        UNITS.with_borrow_mut(|units| units.push(done));
        Unit { connection }
    }
}

impl Drop for Unit<'_> {
    fn drop(&mut self) {
        let done = UNITS.with_borrow_mut(Vec::pop);
        if let Some(Done {
            off: Some((_, true)),
            ..
        }) = done
        {
            // A setting that could be turned off can be turned on.
            let _ = self.connection.set_db_config(ENABLED, true);
        }
    }
}

/// Returns whether foreign keys were on at the beginning of the innermost unit.
fn were_enforced() -> bool {
    UNITS.with_borrow(|units| units.last().is_some_and(|done| done.enforced))
}

/// Records an action of the innermost unit. Outside a unit nothing could be rolled back, so nothing is recorded.
fn record(change: impl FnOnce(&mut Done)) {
    UNITS.with_borrow_mut(|units| {
        if let Some(done) = units.last_mut() {
            change(done);
        }
    });
}

/// Runs a statement so that it deletes no rows of other tables. Returns `None` if the statement was handled
/// differently, without calling `work`.
///
/// # Errors
///
/// The error of `work`, or a refusal; then nothing has changed.
pub(super) fn guarded<R, E: From<DatabaseError>>(
    connection: &Connection,
    sql: &str,
    mut work: impl FnMut() -> Result<R, E>,
) -> Result<Option<R>, E> {
    if alters(sql) {
        record_dependents(connection).map_err(E::from)?;
    }
    let reach = reach(sql);
    let to_error = |error| E::from(from_driver(&error));
    let enforced = || connection.db_config(ENABLED).map_err(to_error);
    match reach {
        Reach::Own => work().map(Some),
        Reach::Keys(on) if !connection.is_autocommit() => {
            set_foreign_keys(connection, on).map_err(E::from)?;
            Ok(None)
        }
        Reach::Keys(_) => work().map(Some),
        Reach::Drop(table) if were_enforced() => {
            let before =
                Found::look_at_others(connection, &table).map_err(|error| E::from(plain(error)))?;
            record(|done| done.dropped.push((table, before)));
            if !enforced()? {
                // Foreign keys are off since before the transaction, as in a rebuild that the user wrote.
                return work().map(Some);
            }
            without_keys(connection, work).map(Some)
        }
        _ if !enforced()? => work().map(Some),
        Reach::Drop(_) => without_keys(connection, work).map(Some),
        Reach::DeleteAll(table) => {
            let referrers = Referrers::of(connection, &table).map_err(to_error)?;
            let lost = referrers.lost(connection).map_err(to_error)?;
            match lost.is_empty() {
                true => work().map(Some),
                false => Err(refused(&format!("it would {}", lost.join(", and "))).into()),
            }
        }
        Reach::Replace(table) => {
            let referrers = Referrers::of(connection, &table).map_err(to_error)?;
            match referrers.is_empty() {
                true => work().map(Some),
                false => replace(connection, &referrers, &mut work).map(Some),
            }
        }
    }
}

/// Records which views, triggers and full-text tables work, before a statement that alters or drops an object.
fn record_dependents(connection: &Connection) -> Result<(), DatabaseError> {
    let open = UNITS.with_borrow(|units| units.last().is_some_and(|it| it.dependents.is_none()));
    if open {
        let now = Dependents::look(connection).map_err(plain)?;
        record(|done| done.dependents = Some(now));
    }
    Ok(())
}

/// Turns foreign keys off or on inside a transaction.
fn set_foreign_keys(connection: &Connection, on: bool) -> Result<(), DatabaseError> {
    let enforced = connection
        .db_config(ENABLED)
        .map_err(|error| from_driver(&error))?;
    let known = UNITS.with_borrow(|units| units.last().is_some_and(|done| done.off.is_some()));
    // If the connection has foreign keys off, and a revision turned them on, they would stay on afterwards.
    if enforced == on || (on && !known) {
        return Ok(());
    }
    if !on && !known {
        let before = Found::look_everywhere(connection).map_err(plain)?;
        record(|done| done.off = Some((before, true)));
    }
    connection
        .set_db_config(ENABLED, on)
        .map_err(|error| from_driver(&error))?;
    record(|done| {
        if let Some((_, off)) = &mut done.off {
            *off = !on;
        }
    });
    Ok(())
}

/// Runs `work` with foreign keys off, and turns them on afterwards, also after a panic.
fn without_keys<R, E: From<DatabaseError>>(
    connection: &Connection,
    mut work: impl FnMut() -> Result<R, E>,
) -> Result<R, E> {
    let _off = Off::begin(connection).map_err(E::from)?;
    work()
}

/// A guard that keeps foreign keys off until it is dropped.
struct Off<'c>(&'c Connection);

impl<'c> Off<'c> {
    fn begin(connection: &'c Connection) -> Result<Off<'c>, DatabaseError> {
        let off = connection.set_db_config(ENABLED, false);
        off.map_err(|error| from_driver(&error))?;
        Ok(Off(connection))
    }
}

impl Drop for Off<'_> {
    fn drop(&mut self) {
        let _ = self.0.set_db_config(ENABLED, true);
    }
}

/// Runs a statement that replaces rows.
///
/// If it changes only its own rows, it runs once. Otherwise it is rolled back, the referencing rows are counted, and it
/// runs again.
fn replace<R, E: From<DatabaseError>>(
    connection: &Connection,
    referrers: &Referrers,
    work: &mut impl FnMut() -> Result<R, E>,
) -> Result<R, E> {
    let run = |sql: &str| {
        let done = connection.execute_batch(sql);
        done.map_err(|error| E::from(from_driver(&error)))
    };
    let count = || {
        let counted = referrers.count(connection);
        counted.map_err(|error| E::from(from_driver(&error)))
    };
    const BACK: &str = "ROLLBACK TO cargo_migrate_replace";
    const END: &str = "RELEASE cargo_migrate_replace";
    let back = |error: E| match connection.is_autocommit() {
        true => error,
        false => run(BACK).and_then(|()| run(END)).err().unwrap_or(error),
    };
    run("SAVEPOINT cargo_migrate_replace")?;
    let before = connection.total_changes();
    let done = work().map_err(back)?;
    if connection.total_changes() - before <= connection.changes() {
        run(END)?;
        return Ok(done);
    }
    drop(done);
    run(BACK)?;
    let before = count().map_err(back)?;
    let done = work().map_err(back)?;
    let lost = referrers.fewer(&before, &count().map_err(back)?);
    if lost.is_empty() {
        run(END)?;
        return Ok(done);
    }
    let reason = format!(
        "it replaces rows that other rows reference, which would {}",
        lost.join(", and ")
    );
    Err(back(
        refused(&reason)
            .with_help("write `INSERT … ON CONFLICT (…) DO UPDATE SET …`, which changes a row and deletes none")
            .into(),
    ))
}

/// Checks the actions of the innermost unit.
///
/// # Errors
///
/// Rows of other tables that reference missing rows, and did not before; a view, trigger or full-text table that worked
/// before and no longer does.
pub(super) fn reset_session(connection: &Connection) -> Result<(), DatabaseError> {
    let done = UNITS.with_borrow_mut(|units| {
        let done = units.last_mut()?;
        let rest = Done {
            enforced: done.enforced,
            ..Done::default()
        };
        Some(std::mem::replace(done, rest))
    });
    let Some(done) = done else {
        return Ok(());
    };
    // The rest of the unit needs foreign keys as they were at its beginning.
    if let Some((_, true)) = done.off {
        let on = connection.set_db_config(ENABLED, true);
        on.map_err(|error| from_driver(&error))?;
    }
    for (table, before) in &done.dropped {
        let now = Found::look_at_others(connection, table).map_err(plain)?;
        now.compare(before).map_err(|error| {
            refused(&format!(
                "it drops the table `{table}`, and {}",
                missing_rows_message(&error)
            ))
        })?;
    }
    if let Some((before, _)) = &done.off {
        let now = Found::look_everywhere(connection).map_err(plain)?;
        now.compare(before).map_err(|error| {
            refused(&format!(
                "it turns foreign keys off, and at its end {}",
                missing_rows_message(&error)
            ))
        })?;
    }
    if let Some(before) = &done.dependents {
        let broken = before.broken_now(connection).map_err(plain)?;
        if !broken.is_empty() {
            let reason = format!("it breaks {}", broken.join("; "));
            return Err(refused(&reason).with_help(
                "in the same revision, drop it before the change and create it again afterwards",
            ));
        }
    }
    Ok(())
}

fn missing_rows_message(error: &AlterError) -> String {
    error
        .to_string()
        .replace(" would reference missing rows", " reference missing rows")
}

/// Returns the error for a statement that application code ran, and that would delete or clear rows of `others`.
pub(super) fn from_code(table: &str, others: &str) -> DatabaseError {
    refused(&format!(
        "application code drops the table `{table}`, and a foreign key would delete or clear rows of `{others}`"
    ))
    .with_help("drop it with `op.execute` or `op.drop_table`, which do not change rows of other tables; or change it with `op.alter_table`")
}

fn refused(reason: &str) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::ConstraintViolation, reason).with_help(HELP)
}

fn plain(error: AlterError) -> DatabaseError {
    match error {
        AlterError::Statement { source, .. } => from_driver(&source),
        error => DatabaseError::new(DatabaseErrorKind::Other, error.to_string()),
    }
}
