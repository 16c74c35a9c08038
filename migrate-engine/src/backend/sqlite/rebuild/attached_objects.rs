//! Indexes and triggers of a table, each with its own text. They are dropped with the table.

use rusqlite::Connection;

use super::error::{AlterError, WithStatement};
use super::token::tokens;
use super::uses;

/// An index or trigger.
#[derive(Debug)]
pub(super) struct AttachedObject {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) sql: String,
    /// `main` or `temp`.
    pub(super) schema: &'static str,
}

impl AttachedObject {
    /// Returns whether the text refers to a column: anywhere in an index, after UPDATE OF in a trigger. The probe of a
    /// trigger finds the columns that its body needs.
    pub(super) fn names(&self, column: &str) -> bool {
        let names = [column.to_owned()];
        let Ok(tokens) = tokens(&self.sql) else {
            return true;
        };
        let word = |word: &str| {
            tokens
                .iter()
                .position(|token| token.is_word(&self.sql, word))
        };
        let span = if self.kind == "index" {
            let open = tokens
                .iter()
                .position(|token| token.is_mark(&self.sql, "("));
            open.map(|open| tokens[open].span.start..self.sql.len())
        } else {
            match (word("OF"), word("ON")) {
                (Some(of), Some(on)) if of < on => Some(tokens[of].span.end..tokens[on].span.start),
                _ => None,
            }
        };
        span.is_some_and(|span| !uses::in_expression(&self.sql[span], &names).is_empty())
    }

    /// Returns the statement that recreates the object in its own schema, with the original text.
    pub(super) fn create(&self) -> String {
        let found = tokens(&self.sql).ok().and_then(|tokens| {
            let at = tokens
                .iter()
                .position(|token| token.is_word(&self.sql, &self.kind))?;
            Some(tokens.get(at + 1)?.span.start)
        });
        let Some(name) = found else {
            return self.sql.clone();
        };
        let head = self.sql[..name].trim_end();
        match self.schema {
            "temp" => format!(
                "CREATE TEMP {} {}",
                self.kind.to_ascii_uppercase(),
                &self.sql[name..]
            ),
            schema => format!("{head} {schema}.{}", &self.sql[name..]),
        }
    }
}

/// Reads the indexes and triggers of a table in the order of their creation, including temporary triggers.
pub(super) fn attached_objects(
    connection: &Connection,
    table: &str,
) -> Result<Vec<AttachedObject>, AlterError> {
    let mut found = Vec::new();
    for (schema, sql) in [
        (
            "main",
            "SELECT type, name, sql FROM main.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE \
             AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
        ),
        (
            "temp",
            "SELECT type, name, sql FROM temp.sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE AND type = 'trigger' \
             AND NOT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')) \
             ORDER BY rowid",
        ),
    ] {
        let mut statement = connection.prepare(sql).with_statement(sql)?;
        let rows: Vec<AttachedObject> = statement
            .query_map([table], |row| {
                Ok(AttachedObject {
                    kind: row.get(0)?,
                    name: row.get(1)?,
                    sql: row.get(2)?,
                    schema,
                })
            })
            .and_then(Iterator::collect)
            .with_statement(sql)?;
        found.extend(rows);
    }
    Ok(found)
}
