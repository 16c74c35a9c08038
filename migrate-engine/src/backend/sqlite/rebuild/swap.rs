//! Replaces the old table: creates the new table directly under its name, fills it, and recreates everything that
//! belongs to it.

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::edit::Edited;
use super::error::{AlterError, WithStatement};
use super::foreign_keys::Found;
use super::probe::{ExpectedRemoval, Probes};
use super::statistics::Statistics;
use super::table::{ClauseKind, Column, Definition, OptionKind};
use super::table_state::{self, Rowid, TableState};
use super::{Progress, copy, quoted};

/// Replaces the old table with the new one and returns the foreign keys that reference missing rows.
pub(super) fn replace(
    connection: &Connection,
    state: &TableState,
    edited: &Edited,
    progress: &mut dyn FnMut(Progress),
) -> Result<Found, AlterError> {
    let run = |sql: &str| connection.execute_batch(sql).with_statement(sql);
    let probes = Probes::take(connection)?;
    let statistics = Statistics::read(connection, &state.name)?;
    let away = rename_away(connection, state)?;
    let body = &edited.sql[edited.table.name_span.start..];
    run(&format!("CREATE TABLE main.{body}"))?;
    let live = table_state::columns(connection, &state.name)?;
    let as_expected = live.len() == edited.columns.len()
        && live
            .iter()
            .zip(&edited.columns)
            .all(|(live, expected)| live.name == expected.name);
    if !as_expected {
        return Err(AlterError::Mismatch {
            reason: "SQLite reports different columns".to_owned(),
        });
    }
    copy::rows(connection, state, edited, &away, progress)?;
    run(&format!("DROP TABLE main.{}", quoted(&away)))?;
    sequence(connection, state, edited)?;
    for belonging in &state.belongings {
        run(&belonging.create())?;
    }
    verify(connection, state, edited)?;
    statistics.put_back(connection)?;
    let removed = ExpectedRemoval::Columns(&state.name, &edited.dropped);
    probes.compare(&Probes::take(connection)?, removed)?;
    Found::look(connection, &state.name)
}

/// Renames the old table to an unused name, and returns that name.
fn rename_away(connection: &Connection, state: &TableState) -> Result<String, AlterError> {
    let name = free_name(connection, &state.name)?;
    let sql = format!(
        "ALTER TABLE main.{} RENAME TO {}",
        quoted(&state.name),
        quoted(&name)
    );
    match connection.execute_batch(&sql) {
        Ok(()) => {}
        // A check that uses the name of its table prevents a rename that changes nothing else.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
            copy_to_plain_table(connection, state, &name)?
        }
        error => error.with_statement(&sql)?,
    }
    Ok(name)
}

/// Copies the rows to a table with the same columns and nothing else, and drops the old one.
fn copy_to_plain_table(
    connection: &Connection,
    state: &TableState,
    name: &str,
) -> Result<(), AlterError> {
    let run = |sql: &str| connection.execute_batch(sql).with_statement(sql);
    let (old, new) = (quoted(&state.name), quoted(name));
    let table = Definition::read(&state.sql).map_err(|unread| AlterError::Unreadable {
        table: state.name.clone(),
        reason: unread.words(&state.sql),
    })?;
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| bare(&state.sql, column))
        .collect();
    let strict = if table.has_option(OptionKind::Strict) {
        " STRICT"
    } else {
        ""
    };
    run(&format!(
        "CREATE TABLE main.{new} ({}){strict}",
        columns.join(", ")
    ))?;
    let mut names: Vec<String> = table
        .columns
        .iter()
        .map(|column| quoted(&column.name))
        .collect();
    let mut values = names.clone();
    let held = table_state::rowid(connection, name, &table_state::columns(connection, name)?)?;
    if let (Some(rowid), Rowid::Implicit(held)) = (state.rowid_expression(), held) {
        names.insert(0, held.to_owned());
        values.insert(0, rowid);
    }
    let (names, values) = (names.join(", "), values.join(", "));
    run(&format!(
        "INSERT INTO main.{new} ({names}) SELECT {values} FROM main.{old} AS {old}"
    ))?;
    run(&format!("DROP TABLE main.{old}"))
}

/// Returns a column with only the properties that its values and comparisons depend on.
fn bare(sql: &str, column: &Column) -> String {
    let mut text = quoted(&column.name);
    if let Some(span) = &column.type_span {
        text.push(' ');
        text.push_str(&sql[span.clone()]);
    }
    for clause in &column.clauses {
        if let ClauseKind::Collate(name) = &clause.kind {
            text.push_str(" COLLATE ");
            text.push_str(&quoted(name));
        }
    }
    text
}

fn free_name(connection: &Connection, table: &str) -> Result<String, AlterError> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE \
               UNION ALL SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE";
    let mut name = format!("_migrate_old_{table}");
    let mut number = 1_u32;
    while connection
        .query_row(sql, [&name], |_| Ok(()))
        .optional()
        .with_statement(sql)?
        .is_some()
    {
        number += 1;
        name = format!("_migrate_old_{table}_{number}");
    }
    Ok(name)
}

/// Restores the counter of AUTOINCREMENT, so that no earlier number is used again.
fn sequence(
    connection: &Connection,
    state: &TableState,
    edited: &Edited,
) -> Result<(), AlterError> {
    let before = Definition::read(&state.sql).is_ok_and(|table| table.is_autoincrement());
    if !edited.table.is_autoincrement() || !before {
        return Ok(());
    }
    let clear = "DELETE FROM main.sqlite_sequence WHERE name = ?1";
    match &state.sequence {
        None => connection
            .execute(clear, [&state.name])
            .with_statement(clear)
            .map(|_| ()),
        Some(mark) => {
            let now = "SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?1";
            let now: Option<i64> = connection
                .query_row(now, [&state.name], |row| row.get(0))
                .with_statement(now)?;
            // A conversion may have moved rows beyond the counter.
            let mark = match (mark, now) {
                (Value::Integer(mark), Some(now)) => Value::Integer(now.max(*mark)),
                (mark, _) => mark.clone(),
            };
            connection
                .execute(clear, [&state.name])
                .with_statement(clear)?;
            let sql = "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)";
            connection
                .execute(sql, (&state.name, mark))
                .with_statement(sql)
                .map(|_| ())
        }
    }
}

/// Checks that the stored text is the edited text, and that each index and trigger has its own.
fn verify(connection: &Connection, state: &TableState, edited: &Edited) -> Result<(), AlterError> {
    let now = TableState::read(connection, &state.name)?;
    let differs = |what: &str| AlterError::Mismatch {
        reason: format!("the stored text of {what} differs"),
    };
    if now.sql != edited.sql {
        return Err(differs("the table"));
    }
    let texts = |state: &TableState| -> Vec<(String, String)> {
        let texts = state
            .belongings
            .iter()
            .map(|own| (own.name.clone(), own.sql.clone()));
        texts.collect()
    };
    match texts(state)
        .iter()
        .zip(&texts(&now))
        .find(|(old, new)| old != new)
    {
        Some(((name, _), _)) => Err(differs(&format!("`{name}`"))),
        None if now.belongings.len() == state.belongings.len() => Ok(()),
        None => Err(differs("an index or trigger")),
    }
}
