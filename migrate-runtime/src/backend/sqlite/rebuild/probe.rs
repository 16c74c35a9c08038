//! Whether every view and trigger still works, before and after. SQLite checks them when they are used, so each is used
//! without running: statements are prepared and thrown away.
//!
//! Each is probed a second time with double-quoted text off: `"email"` in a view turns silently from the column into a
//! text when the column is gone.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::{AlterError, Told};
use super::quoted;
use super::switches::Switches;
use super::token::{Kind, tokens};

/// What came of probing each view and trigger.
#[derive(Debug)]
pub(super) struct Probes(BTreeMap<String, Probe>);

#[derive(Debug)]
struct Probe {
    sql: String,
    /// What SQLite says, if it refuses.
    plain: Option<String>,
    /// What it says with double-quoted text off.
    strict: Option<String>,
}

impl Probes {
    pub(super) fn take(connection: &Connection) -> Result<Probes, AlterError> {
        let objects = objects(connection)?;
        let plain: Vec<Option<String>> = objects
            .iter()
            .map(|object| object.probe(connection))
            .collect();
        let strict: Vec<Option<String>> = {
            let _switches = Switches::strict_quotes(connection)?;
            objects
                .iter()
                .map(|object| object.probe(connection))
                .collect()
        };
        let probes = objects.into_iter().zip(plain).zip(strict);
        Ok(Probes(
            probes
                .map(|((object, plain), strict)| {
                    let title = format!("{} `{}`", object.kind, object.name);
                    (
                        title,
                        Probe {
                            sql: object.sql,
                            plain,
                            strict,
                        },
                    )
                })
                .collect(),
        ))
    }

    /// Refuses if something worked before and does not now. What was broken before is no fault of ours.
    pub(super) fn compare(&self, after: &Probes, dropped: &[String]) -> Result<(), AlterError> {
        let mut broken = Vec::new();
        for (title, was) in &self.0 {
            let Some(is) = after.0.get(title) else {
                continue;
            };
            let why = match (&was.plain, &is.plain) {
                (None, Some(why)) => Some(why.clone()),
                (Some(_), _) => None,
                (None, None) => match (&was.strict, &is.strict) {
                    (None, Some(why)) => Some(why.clone()),
                    (Some(_), _) => dropped
                        .iter()
                        .find(|gone| quotes(&was.sql, gone))
                        .map(|gone| format!("\"{gone}\" would be a text")),
                    (None, None) => None,
                },
            };
            broken.extend(why.map(|why| format!("{title}: {why}")));
        }
        if broken.is_empty() {
            Ok(())
        } else {
            Err(AlterError::Broken { broken })
        }
    }
}

/// Returns whether `name` stands in `"` somewhere.
fn quotes(sql: &str, name: &str) -> bool {
    tokens(sql).is_ok_and(|tokens| {
        tokens.iter().any(|token| {
            token.kind == Kind::Quoted
                && token.raw(sql).starts_with('"')
                && token.name(sql).eq_ignore_ascii_case(name)
        })
    })
}

struct Object {
    schema: &'static str,
    kind: String,
    name: String,
    table: String,
    sql: String,
}

impl Object {
    fn probe(&self, connection: &Connection) -> Option<String> {
        let sql = match self.kind.as_str() {
            "view" => Some(format!(
                "SELECT * FROM {}.{}",
                self.schema,
                quoted(&self.name)
            )),
            _ => self.firing(connection),
        };
        // Prepared, never run; not kept.
        sql.and_then(|sql| connection.prepare(&sql).err())
            .map(|error| match error {
                rusqlite::Error::SqlInputError { msg, .. } => msg,
                other => other.to_string(),
            })
    }

    /// Returns a statement that would fire the trigger.
    fn firing(&self, connection: &Connection) -> Option<String> {
        let tokens = tokens(&self.sql).ok()?;
        let is_event = |word: &str| {
            ["DELETE", "INSERT", "UPDATE"]
                .iter()
                .any(|event| event.eq_ignore_ascii_case(word))
        };
        let name = tokens
            .iter()
            .position(|token| token.is_word(&self.sql, "TRIGGER"))?
            + 1;
        let event = tokens
            .get(name + 1..)?
            .iter()
            .find(|token| is_event(token.raw(&self.sql)))?;
        let schema = if self.schema == "temp" && !self.on_temp(connection) {
            "main"
        } else {
            self.schema
        };
        let table = format!("{schema}.{}", quoted(&self.table));
        Some(match event.raw(&self.sql).to_ascii_uppercase().as_str() {
            "DELETE" => format!("DELETE FROM {table}"),
            "INSERT" => format!("INSERT INTO {table} DEFAULT VALUES"),
            _ => {
                let columns = self.columns(connection, schema)?;
                let sets: Vec<String> = columns
                    .iter()
                    .map(|column| format!("{0} = {0}", quoted(column)))
                    .collect();
                format!("UPDATE {table} SET {}", sets.join(", "))
            }
        })
    }

    fn on_temp(&self, connection: &Connection) -> bool {
        let found = connection
            .query_row(
                "SELECT 1 FROM temp.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')",
                [&self.table],
                |_| Ok(()),
            )
            .optional();
        matches!(found, Ok(Some(())))
    }

    fn columns(&self, connection: &Connection, schema: &str) -> Option<Vec<String>> {
        let mut statement = connection
            .prepare("SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0")
            .ok()?;
        let rows = statement
            .query_map([&self.table, schema], |row| row.get(0))
            .ok()?;
        rows.collect::<rusqlite::Result<_>>().ok()
    }
}

fn objects(connection: &Connection) -> Result<Vec<Object>, AlterError> {
    let mut found = Vec::new();
    for schema in ["main", "temp"] {
        let sql = format!(
            "SELECT type, name, tbl_name, sql FROM {schema}.sqlite_schema WHERE type IN ('view', 'trigger') AND sql IS NOT NULL ORDER BY name"
        );
        let mut statement = connection.prepare(&sql).told(&sql)?;
        let rows: Vec<Object> = statement
            .query_map([], |row| {
                Ok(Object {
                    schema,
                    kind: row.get(0)?,
                    name: row.get(1)?,
                    table: row.get(2)?,
                    sql: row.get(3)?,
                })
            })
            .and_then(Iterator::collect)
            .told(&sql)?;
        found.extend(rows);
    }
    Ok(found)
}
