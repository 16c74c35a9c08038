//! Virtual tables, and the tables in which they store their data.

use rusqlite::{Connection, Result};

use crate::backend::VirtualTables;

use super::expression::{Names, identifier, normalize};
use super::rebuild::token::tokens;
use migrate_schema::schema::{NativeObject, Object};

/// Returns a virtual table, if the statement creates one.
pub(super) fn read(name: &str, sql: &str) -> Option<NativeObject> {
    let tokens = tokens(sql).ok()?;
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|it| it.is_word(sql, word));
    if !is(0, "CREATE") || !is(1, "VIRTUAL") {
        return None;
    }
    // CREATE VIRTUAL TABLE [IF NOT EXISTS] name USING module(arguments)
    let using = tokens
        .iter()
        .position(|token| token.is_word(sql, "USING"))?;
    let rest = &sql[tokens.get(using + 1)?.span.start..];
    let definition = format!("USING {}", normalize(rest, &Names::all()));
    Some(NativeObject::new(
        Object::new("virtual table", name),
        definition,
        sql,
        format!("DROP TABLE {}", identifier(name)),
    ))
}

/// Returns the virtual tables with their columns, and the tables in which they store their data.
pub(super) fn all(connection: &Connection) -> Result<VirtualTables> {
    let tables = statements(connection)?.into_iter().map(|(name, _)| {
        // The columns of a table with an unknown module can't be read.
        let columns = columns(connection, &name).unwrap_or_default();
        (name, columns)
    });
    Ok(VirtualTables {
        tables: tables.collect(),
        storage: shadows(connection)?,
    })
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Returns the names of the virtual tables and their statements.
fn statements(connection: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name",
    )?;
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Returns the tables in which virtual tables store their data.
pub(super) fn shadows(connection: &Connection) -> Result<Vec<String>> {
    let virtuals = statements(connection)?;
    if virtuals.is_empty() {
        return Ok(Vec::new());
    }
    // Since 3.37, SQLite reports them if it has the module.
    let known = connection
        .prepare_cached(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'",
        )
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    let mut shadows: Vec<String> = known.unwrap_or_default();
    let modules: Vec<String> = connection
        .prepare_cached("SELECT name FROM pragma_module_list")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .unwrap_or_default();
    let mut statement =
        connection.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    for (name, sql) in &virtuals {
        let has_module = module(sql).is_some_and(|module| {
            modules
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&module))
        });
        if !has_module {
            let prefix = format!("{}_", name.to_ascii_lowercase());
            let own = tables.iter().filter(|table| {
                table.to_ascii_lowercase().starts_with(&prefix)
                    && !virtuals.iter().any(|(other, _)| other == *table)
            });
            shadows.extend(own.cloned());
        }
    }
    Ok(shadows)
}

fn module(sql: &str) -> Option<String> {
    let tokens = tokens(sql).ok()?;
    let using = tokens
        .iter()
        .position(|token| token.is_word(sql, "USING"))?;
    Some(tokens.get(using + 1)?.name(sql))
}
