//! Altering a table in ways that SQLite has no statement for: by a new table with the edited statement, a copy of the
//! rows, and everything that hangs on the table made again from its own text.
//!
//! Comes in: a connection inside a revision's savepoint, a table and alterations. Goes out: the table altered, or a
//! refusal and nothing changed.
//!
//! ```text
//! alterations ─► phases ─┬─► rename ─────────────► SQLite's own RENAME COLUMN
//!                        └─► edits ─┬─► native ──► SQLite's own ALTER, where it is exact
//!                                   └─► edit ────► rebuild:
//!   look: room, values, probes ─► old table away ─► CREATE as edited ─► copy ─► drop old ─► sequence, indexes, triggers
//!   ─► probes as before? ─► no new foreign key that leads nowhere? ─► release
//! ```
//!
//! The old table moves away and the new one is made under the name at once, not renamed to it: so SQLite stores the
//! edited text as it stands, and a check that names its own table works. With foreign keys off and legacy ALTER on the
//! move touches nothing else. Statistics (`sqlite_stat1`) stay, since they are kept by name.
//!
//! Knows no operation and no revision.

mod alteration;
mod belonging;
mod content;
mod copy;
mod dependents;
mod edit;
mod error;
mod foreign_keys;
mod grammar;
mod native;
mod parse;
mod probe;
pub(super) mod residue;
mod room;
mod splice;
mod statistics;
mod subject;
mod swap;
mod switches;
mod table;
#[cfg(test)]
mod tests;
pub(super) mod token;
mod uses;
mod values;

use rusqlite::Connection;

use crate::ddl::Dialect as _;

pub(super) use alteration::{Alteration, Change, Edit, Position, Which};
pub(super) use error::AlterError;

pub(super) use dependents::{Dependents, check_added, check_dropped, rename_table};

use alteration::{Phase, phases};
pub(super) use foreign_keys::Found;
use probe::{Gone, Probes};
use subject::Subject;
use switches::{Savepoint, Switches};
use table::Definition;
pub(super) use table::OptionKind;

/// How many rows a refusal shows.
pub(super) const FIRST: usize = 10;

/// How far a rebuild has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The table.
    pub(super) table: String,
    /// How many rows are copied.
    pub(super) copied: u64,
    /// How many there are.
    pub(super) total: u64,
}

/// What SQLite's own statements may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Native {
    /// What the linked version does exactly.
    WhereExact,
    /// Renames only.
    #[cfg(test)]
    Never,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Done {
    /// How many of SQLite's own statements ran.
    pub(super) native: u32,
    /// How many times the table was rebuilt.
    pub(super) rebuilds: u32,
}

/// Alters a table: several alterations are one rebuild. On an error nothing is changed.
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
                let subject = Subject::read(connection, table)?;
                let version = rusqlite::version_number();
                let own = if native == Native::WhereExact {
                    natively(connection, &subject, &edits, version)?
                } else {
                    None
                };
                match own {
                    Some(statements) => {
                        done.native += u32::try_from(statements.len()).unwrap_or(u32::MAX);
                    }
                    None => {
                        done.rebuilds += u32::from(rebuild(connection, &subject, &edits, progress)?)
                    }
                }
            }
        }
    }
    savepoint.release()?;
    Ok(done)
}

/// Returns SQLite's own statements for the alterations, where those do all of it exactly and older versions know them too.
/// Nothing is changed.
pub(super) fn statements(
    connection: &Connection,
    table: &str,
    alterations: &[Alteration],
) -> Option<Vec<String>> {
    // Never released.
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
                let subject = Subject::read(connection, table).ok()?;
                found.extend(natively(connection, &subject, &edits, version).ok()??);
            }
        }
    }
    Some(found)
}

fn rename_sql(table: &str, from: &str, to: &str) -> String {
    // SQLite writes the new name into views and indexes as it stands here.
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

/// Lets SQLite do it, where it can; `None` where it can't or would not.
fn natively(
    connection: &Connection,
    subject: &Subject,
    edits: &[Edit],
    version: i32,
) -> Result<Option<Vec<String>>, AlterError> {
    // What can't be read or edited is told by the rebuild.
    let Ok(wanted) = edit::edit(&subject.sql, edits) else {
        return Ok(None);
    };
    let Ok(table) = Definition::read(&subject.sql) else {
        return Ok(None);
    };
    let Some(statements) = native::statements(&subject.sql, &table, edits, version) else {
        return Ok(None);
    };
    subject.needs(connection, &wanted)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_native")?;
    let probes = Probes::take(connection)?;
    for sql in &statements {
        if connection.execute_batch(sql).is_err() {
            return Ok(None);
        }
    }
    let now = Subject::read(connection, &subject.name)?;
    let same = token::comments(&now.sql) == token::comments(&wanted.sql)
        && Definition::read(&now.sql).is_ok_and(|table| grammar::same(&table, &wanted.table));
    if !same {
        return Ok(None);
    }
    let gone = Gone::Columns(&subject.name, &wanted.dropped);
    probes.compare(&Probes::take(connection)?, gone)?;
    savepoint.release()?;
    Ok(Some(statements))
}

/// Rebuilds the table; returns whether there was anything to do.
fn rebuild(
    connection: &Connection,
    subject: &Subject,
    edits: &[Edit],
    progress: &mut dyn FnMut(Progress),
) -> Result<bool, AlterError> {
    let edited = edit::edit(&subject.sql, edits)?;
    let before = Definition::read(&subject.sql).map_err(|unread| AlterError::Unreadable {
        table: subject.name.clone(),
        reason: unread.words(&subject.sql),
    })?;
    subject.agrees(&before)?;
    if edited.sql == subject.sql
        && edited
            .columns
            .iter()
            .all(|column| !matches!(column.from, edit::From::Expression(_)))
    {
        return Ok(false);
    }
    subject.needs(connection, &edited)?;
    room::check(connection, &subject.name)?;
    values::check(connection, subject, &edited, subject::is_strict(&before))?;
    let switches = Switches::for_rebuild(connection)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_rebuild")?;
    let found = swap::replace(connection, subject, &edited, progress)?;
    if found.is_empty() {
        savepoint.release()?;
        return Ok(true);
    }
    // Which of them were there before shows on the table as it was: back, look, and once more.
    drop(savepoint);
    let before = Found::look(connection, &subject.name)?;
    found.compare(&before)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_rebuild")?;
    swap::replace(connection, subject, &edited, progress)?.compare(&before)?;
    savepoint.release()?;
    drop(switches);
    Ok(true)
}

/// Returns a name in quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns SQLite's own words.
fn words(error: &rusqlite::Error) -> String {
    super::trouble::told(error).message
}
