//! Alters a table if SQLite has no statement for the change: creates a new table from the edited statement, copies the
//! rows, and recreates everything that belongs to the table from its own text.
//!
//! This module runs inside a revision's savepoint. It alters the table, or returns an error and leaves it unchanged.
//!
//! ```text
//! alterations ─► phases ─┬─► rename ─────────────► SQLite's own RENAME COLUMN
//!                        └─► edits ─┬─► native ──► SQLite's own ALTER, if it is exact
//!                                   └─► edit ────► rebuild:
//!   check: space, values, probes ─► rename old ─► CREATE as edited ─► copy ─► drop old ─► sequence, indexes, triggers
//!   ─► probes as before? ─► no new foreign key to a missing row? ─► release
//! ```
//!
//! The old table is renamed, and the new one is created directly under the original name, not renamed to it. So SQLite
//! stores the edited text unchanged, and a check that uses the name of its table works. With foreign keys off and
//! legacy ALTER on, the rename of the old table changes nothing else. Statistics (`sqlite_stat1`) are kept, because
//! they are stored by table name.
//!
//! This module does not depend on operations or revisions.

mod alteration;
mod attached_objects;
mod content;
mod copy;
mod dependents;
mod disk_space;
mod edit;
mod error;
mod foreign_keys;
mod grammar;
mod native;
mod parse;
mod pragmas;
mod probe;
pub(super) mod residue;
mod splice;
mod statistics;
mod swap;
mod table;
mod table_state;
#[cfg(test)]
mod tests;
pub(super) mod token;
mod uses;
mod values;

use rusqlite::Connection;

use migrate_schema::ddl::Dialect as _;

pub(super) use alteration::{Alteration, Change, ConstraintSelector, Edit, Position};
pub(super) use error::AlterError;

pub(super) use dependents::{Dependents, check_added, check_dropped, rename_table};

use alteration::{Phase, phases};
pub(super) use foreign_keys::Found;
use pragmas::{Pragmas, Savepoint};
use probe::{ExpectedRemoval, Probes};
use table::Definition;
pub(super) use table::OptionKind;
use table_state::TableState;

/// The maximum number of rows that an error lists.
pub(super) const FIRST: usize = 10;

/// The progress of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The table.
    pub(super) table: String,
    /// The number of copied rows.
    pub(super) copied: u64,
    /// The total number of rows.
    pub(super) total: u64,
}

/// The use of SQLite's own statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Native {
    /// For every change that the linked version makes exactly.
    WhereExact,
    /// Only for renames.
    #[cfg(test)]
    Never,
}

/// The work that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Done {
    /// The number of SQLite's own statements that ran.
    pub(super) native: u32,
    /// The number of rebuilds.
    pub(super) rebuilds: u32,
}

/// Alters a table; several alterations are one rebuild. On an error, nothing is changed.
pub(super) fn alter(
    connection: &Connection,
    table: &str,
    alterations: &[Alteration],
    native: Native,
    progress: &mut dyn FnMut(Progress),
) -> Result<Done, AlterError> {
    let savepoint = Savepoint::begin(connection, "cargo_migrate_alter")?;
    let mut done = Done::default();
    for phase in phases(alterations) {
        match phase {
            Phase::Rename { from, to } => {
                rename(connection, table, &from, &to)?;
                done.native += 1;
            }
            Phase::Edits(edits) => {
                let state = TableState::read(connection, table)?;
                let version = rusqlite::version_number();
                let own = if native == Native::WhereExact {
                    natively(connection, &state, &edits, version)?
                } else {
                    None
                };
                match own {
                    Some(statements) => {
                        done.native += u32::try_from(statements.len()).unwrap_or(u32::MAX);
                    }
                    None => {
                        done.rebuilds += u32::from(rebuild(connection, &state, &edits, progress)?)
                    }
                }
            }
        }
    }
    savepoint.release()?;
    Ok(done)
}

/// Returns SQLite's own statements for the alterations, if they do all of it exactly and older versions support them
/// too. Nothing is changed.
pub(super) fn statements(
    connection: &Connection,
    table: &str,
    alterations: &[Alteration],
) -> Option<Vec<String>> {
    // The savepoint is never released.
    let _savepoint = Savepoint::begin(connection, "cargo_migrate_spell").ok()?;
    let version = rusqlite::version_number().min(native::CONSTRAINTS - 1);
    let mut found = Vec::new();
    for phase in phases(alterations) {
        match phase {
            Phase::Rename { from, to } => {
                let sql = rename_sql(table, &from, &to);
                connection.execute_batch(&sql).ok()?;
                found.push(sql);
            }
            Phase::Edits(edits) => {
                let state = TableState::read(connection, table).ok()?;
                found.extend(natively(connection, &state, &edits, version).ok()??);
            }
        }
    }
    Some(found)
}

fn rename_sql(table: &str, from: &str, to: &str) -> String {
    // SQLite writes the new name into views and indexes exactly as it is spelled here.
    let id = |name: &str| super::SqliteDialect.identifier(name);
    format!(
        "ALTER TABLE main.{} RENAME COLUMN {} TO {}",
        id(table),
        id(from),
        id(to)
    )
}

fn rename(connection: &Connection, table: &str, from: &str, to: &str) -> Result<(), AlterError> {
    if !from.eq_ignore_ascii_case(to) {
        content::check_columns(connection, table, [&from.to_owned()])?;
    }
    dependents::rename(connection, &[rename_sql(table, from, to)])
}

/// Applies the edits with SQLite's own statements; `None` if SQLite can't or would not do it exactly.
fn natively(
    connection: &Connection,
    state: &TableState,
    edits: &[Edit],
    version: i32,
) -> Result<Option<Vec<String>>, AlterError> {
    // The rebuild reports a statement that can't be parsed or edited.
    let Ok(edited) = edit::edit(&state.sql, edits) else {
        return Ok(None);
    };
    let Ok(table) = Definition::read(&state.sql) else {
        return Ok(None);
    };
    let Some(statements) = native::statements(&state.sql, &table, edits, version) else {
        return Ok(None);
    };
    state.needs(connection, &edited)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_native")?;
    let probes = Probes::take(connection)?;
    for sql in &statements {
        if connection.execute_batch(sql).is_err() {
            return Ok(None);
        }
    }
    let now = TableState::read(connection, &state.name)?;
    let same = token::comments(&now.sql) == token::comments(&edited.sql)
        && Definition::read(&now.sql).is_ok_and(|table| grammar::same(&table, &edited.table));
    if !same {
        return Ok(None);
    }
    let removed = ExpectedRemoval::Columns(&state.name, &edited.dropped);
    probes.compare(&Probes::take(connection)?, removed)?;
    savepoint.release()?;
    Ok(Some(statements))
}

/// Rebuilds the table; returns whether there was anything to do.
fn rebuild(
    connection: &Connection,
    state: &TableState,
    edits: &[Edit],
    progress: &mut dyn FnMut(Progress),
) -> Result<bool, AlterError> {
    let edited = edit::edit(&state.sql, edits)?;
    let before = Definition::read(&state.sql).map_err(|unread| AlterError::Unreadable {
        table: state.name.clone(),
        reason: unread.words(&state.sql),
    })?;
    state.agrees(&before)?;
    if edited.sql == state.sql
        && edited
            .columns
            .iter()
            .all(|column| !matches!(column.from, edit::From::Expression(_)))
    {
        return Ok(false);
    }
    state.needs(connection, &edited)?;
    disk_space::check_free_space(connection, &state.name)?;
    values::check(connection, state, &edited, table_state::is_strict(&before))?;
    let pragmas = Pragmas::for_rebuild(connection)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_rebuild")?;
    let found = swap::replace(connection, state, &edited, progress)?;
    if found.is_empty() {
        savepoint.release()?;
        return Ok(true);
    }
    // Only the original table shows which problems already existed: roll back, check, and rebuild again.
    drop(savepoint);
    let before = Found::look(connection, &state.name)?;
    found.compare(&before)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_rebuild")?;
    swap::replace(connection, state, &edited, progress)?.compare(&before)?;
    savepoint.release()?;
    drop(pragmas);
    Ok(true)
}

/// Returns a quoted name.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the text of SQLite's error.
fn words(error: &rusqlite::Error) -> String {
    super::error::from_driver(error).message
}
