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
mod copy;
mod edit;
mod error;
mod foreign_keys;
mod grammar;
mod native;
mod parse;
mod probe;
mod room;
mod splice;
mod subject;
mod switches;
#[cfg(test)]
mod tests;
mod token;
mod uses;
mod values;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

pub(super) use alteration::{Alteration, Change, Edit, Position, Which};
pub(super) use error::AlterError;

use alteration::{Phase, phases};
use edit::Edited;
use error::Told;
use foreign_keys::Found;
use parse::{ClauseKind, ConstraintKind, Definition};
use probe::Probes;
use subject::Subject;
use switches::{Savepoint, Switches};

/// How many rows a refusal shows.
const FIRST: usize = 10;

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
                let own = if native == Native::WhereExact {
                    natively(connection, &subject, &edits)?
                } else {
                    None
                };
                match own {
                    Some(count) => done.native += count,
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

fn rename(connection: &Connection, table: &str, from: &str, to: &str) -> Result<(), AlterError> {
    let sql = format!(
        "ALTER TABLE main.{} RENAME COLUMN {} TO {}",
        quoted(table),
        quoted(from),
        quoted(to)
    );
    connection.execute_batch(&sql).told(&sql)
}

/// Lets SQLite do it, where it can; `None` where it can't or would not.
fn natively(
    connection: &Connection,
    subject: &Subject,
    edits: &[Edit],
) -> Result<Option<u32>, AlterError> {
    // What can't be read or edited is told by the rebuild.
    let Ok(wanted) = edit::edit(&subject.sql, edits) else {
        return Ok(None);
    };
    let Ok(table) = Definition::read(&subject.sql) else {
        return Ok(None);
    };
    let version = rusqlite::version_number();
    let Some(statements) = native::statements(&subject.sql, &table, edits, version) else {
        return Ok(None);
    };
    let savepoint = Savepoint::begin(connection, "cargo_migrate_native")?;
    for sql in &statements {
        if connection.execute_batch(sql).is_err() {
            return Ok(None);
        }
    }
    let now = Subject::read(connection, &subject.name)?;
    let same =
        Definition::read(&now.sql).is_ok_and(|now_table| grammar::same(&now_table, &wanted.table));
    if !same {
        return Ok(None);
    }
    savepoint.release()?;
    Ok(Some(u32::try_from(statements.len()).unwrap_or(u32::MAX)))
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
    let found = replace(connection, subject, &edited, progress)?;
    if found.is_empty() {
        savepoint.release()?;
        return Ok(true);
    }
    // Which of them were there before shows on the table as it was: back, look, and once more.
    drop(savepoint);
    let before = Found::look(connection, &subject.name)?;
    found.compare(&before)?;
    let savepoint = Savepoint::begin(connection, "cargo_migrate_rebuild")?;
    replace(connection, subject, &edited, progress)?.compare(&before)?;
    savepoint.release()?;
    drop(switches);
    Ok(true)
}

/// Puts the new table in the old one's place and returns the foreign keys that lead nowhere.
fn replace(
    connection: &Connection,
    subject: &Subject,
    edited: &Edited,
    progress: &mut dyn FnMut(Progress),
) -> Result<Found, AlterError> {
    let run = |sql: &str| connection.execute_batch(sql).told(sql);
    let probes = Probes::take(connection)?;
    let away = away(connection, subject)?;
    let body = &edited.sql[edited.table.name_span.start..];
    run(&format!("CREATE TABLE main.{body}"))?;
    let live = subject::columns(connection, &subject.name)?;
    let as_wanted = live.len() == edited.columns.len()
        && live
            .iter()
            .zip(&edited.columns)
            .all(|(live, wanted)| live.name == wanted.name);
    if !as_wanted {
        return Err(AlterError::Mismatch {
            reason: "SQLite reads its columns otherwise".to_owned(),
        });
    }
    copy::rows(connection, subject, edited, &away, progress)?;
    run(&format!("DROP TABLE main.{}", quoted(&away)))?;
    sequence(connection, subject, edited)?;
    for belonging in &subject.belongings {
        run(&belonging.create())?;
    }
    verify(connection, subject, edited)?;
    probes.compare(&Probes::take(connection)?, &edited.dropped)?;
    Found::look(connection, &subject.name)
}

/// Moves the old table to a free name, and returns the name.
fn away(connection: &Connection, subject: &Subject) -> Result<String, AlterError> {
    let name = free_name(connection, &subject.name)?;
    let run = |sql: &str| connection.execute_batch(sql).told(sql);
    let (old, new) = (quoted(&subject.name), quoted(&name));
    if !names_itself(subject) {
        run(&format!("ALTER TABLE main.{old} RENAME TO {new}"))?;
        return Ok(name);
    }
    // A check that names its own table does not survive a rename that touches nothing else: the rows move first.
    let mut columns: Vec<String> = subject
        .columns
        .iter()
        .map(|column| quoted(&column.name))
        .collect();
    run(&format!("CREATE TABLE main.{new} ({})", columns.join(", ")))?;
    if let Some(rowid) = subject.rowid_expression() {
        let held = subject::rowid(connection, &name, &subject::columns(connection, &name)?)?;
        if let subject::Rowid::Implicit(held) = held {
            let mut values = columns.clone();
            columns.insert(0, held.to_owned());
            values.insert(0, rowid);
            run(&format!(
                "INSERT INTO main.{new} ({}) SELECT {} FROM main.{old} AS {old}",
                columns.join(", "),
                values.join(", ")
            ))?;
            run(&format!("DROP TABLE main.{old}"))?;
            return Ok(name);
        }
    }
    let list = columns.join(", ");
    run(&format!(
        "INSERT INTO main.{new} ({list}) SELECT {list} FROM main.{old}"
    ))?;
    run(&format!("DROP TABLE main.{old}"))?;
    Ok(name)
}

/// Returns whether a check or a computed column qualifies a column with the table's own name.
fn names_itself(subject: &Subject) -> bool {
    let Ok(table) = Definition::read(&subject.sql) else {
        return true;
    };
    let own =
        |span: &std::ops::Range<usize>| uses::qualifies(&subject.sql[span.clone()], &subject.name);
    let clauses = table.columns.iter().flat_map(|column| &column.clauses);
    let in_columns = clauses.into_iter().any(|clause| match &clause.kind {
        ClauseKind::Check(span) | ClauseKind::Default(span) => own(span),
        ClauseKind::Generated { expression, .. } => own(expression),
        _ => false,
    });
    let beside = table
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::Check(span) => own(span),
            _ => false,
        });
    // A partial or expression index may do it too.
    in_columns
        || beside
        || subject
            .belongings
            .iter()
            .any(|own| own.kind == "index" && uses::qualifies(&own.sql, &subject.name))
}

fn free_name(connection: &Connection, table: &str) -> Result<String, AlterError> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE \
               UNION ALL SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE";
    let mut name = format!("_migrate_old_{table}");
    let mut number = 1_u32;
    while connection
        .query_row(sql, [&name], |_| Ok(()))
        .optional()
        .told(sql)?
        .is_some()
    {
        number += 1;
        name = format!("_migrate_old_{table}_{number}");
    }
    Ok(name)
}

/// Carries the mark below which no number is given again.
fn sequence(connection: &Connection, subject: &Subject, edited: &Edited) -> Result<(), AlterError> {
    let before = Definition::read(&subject.sql).is_ok_and(|table| table.is_autoincrement());
    if !edited.table.is_autoincrement() || !before {
        return Ok(());
    }
    let clear = "DELETE FROM main.sqlite_sequence WHERE name = ?1";
    match &subject.sequence {
        None => connection
            .execute(clear, [&subject.name])
            .told(clear)
            .map(|_| ()),
        Some(mark) => {
            let now = "SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?1";
            let now: Option<i64> = connection
                .query_row(now, [&subject.name], |row| row.get(0))
                .told(now)?;
            // Rows that a conversion moved beyond the mark count.
            let mark = match (mark, now) {
                (Value::Integer(mark), Some(now)) => Value::Integer(now.max(*mark)),
                (mark, _) => mark.clone(),
            };
            connection.execute(clear, [&subject.name]).told(clear)?;
            let sql = "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)";
            connection
                .execute(sql, (&subject.name, mark))
                .told(sql)
                .map(|_| ())
        }
    }
}

/// Checks that what is stored now is the edited text and every belonging's own.
fn verify(connection: &Connection, subject: &Subject, edited: &Edited) -> Result<(), AlterError> {
    let now = Subject::read(connection, &subject.name)?;
    let differs = |what: &str| AlterError::Mismatch {
        reason: format!("the text of {what} is not the same"),
    };
    if now.sql != edited.sql {
        return Err(differs("the table"));
    }
    let texts = |subject: &Subject| -> Vec<(String, String)> {
        let texts = subject
            .belongings
            .iter()
            .map(|own| (own.name.clone(), own.sql.clone()));
        texts.collect()
    };
    match texts(subject)
        .iter()
        .zip(&texts(&now))
        .find(|(was, is)| was != is)
    {
        Some(((name, _), _)) => Err(differs(&format!("`{name}`"))),
        None if now.belongings.len() == subject.belongings.len() => Ok(()),
        None => Err(differs("an index or trigger")),
    }
}

/// Returns a name in quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns SQLite's own words.
fn words(error: &rusqlite::Error) -> String {
    super::trouble::told(error).message
}
