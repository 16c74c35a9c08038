//! Checks whether every view and trigger works, before and after a change. SQLite only checks them when they are used,
//! so a statement that uses each of them is prepared but not run.
//!
//! Each is probed a second time with double-quoted strings off: without the column, `"email"` in a view silently
//! changes from the column to a string. A placeholder replaces an unknown function or collation of the application.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::{AlterError, WithStatement};
use super::pragmas::Pragmas;
use super::quoted;
use super::token::{Kind, mentions, tokens};
use crate::backend::sqlite::unregistered::{Placeholders, Unregistered};

/// The results of probing each view and trigger.
#[derive(Debug)]
pub(super) struct Probes(BTreeMap<String, Probe>);

/// The objects that a change removes.
#[derive(Debug, Clone, Copy)]
pub(super) enum ExpectedRemoval<'a> {
    /// Nothing.
    Nothing,
    /// Columns of a table.
    Columns(&'a str, &'a [String]),
    /// A table.
    Table(&'a str),
}

impl ExpectedRemoval<'_> {
    fn columns(&self) -> &[String] {
        match self {
            ExpectedRemoval::Columns(_, columns) => columns,
            ExpectedRemoval::Nothing | ExpectedRemoval::Table(_) => &[],
        }
    }

    /// Returns whether a statement refers to a removed object.
    fn is_named_in(&self, sql: &str) -> bool {
        match self {
            ExpectedRemoval::Nothing => false,
            ExpectedRemoval::Columns(table, columns) => {
                mentions(sql, table) && columns.iter().any(|column| mentions(sql, column))
            }
            ExpectedRemoval::Table(table) => mentions(sql, table),
        }
    }
}

#[derive(Debug)]
struct Probe {
    /// The table of a trigger.
    trigger_on: Option<String>,
    sql: String,
    /// SQLite's error, if the object does not work.
    plain: Option<String>,
    /// SQLite's error with double-quoted strings off.
    strict: Option<String>,
}

impl Probes {
    /// Returns those of a database without views and triggers.
    pub(super) fn none() -> Probes {
        Probes(BTreeMap::new())
    }

    pub(super) fn take(connection: &Connection) -> Result<Probes, AlterError> {
        Probes::take_with(connection, &mut Placeholders::none(connection))
    }

    /// Probes all objects with placeholders for unknown functions; the placeholders remain registered.
    pub(super) fn take_with(
        connection: &Connection,
        placeholders: &mut Placeholders<'_>,
    ) -> Result<Probes, AlterError> {
        let objects = objects(connection)?;
        let plain: Vec<Option<String>> = objects
            .iter()
            .map(|object| object.probe(connection, placeholders))
            .collect();
        let strict: Vec<Option<String>> = {
            let _pragmas = Pragmas::strict_quotes(connection)?;
            objects
                .iter()
                .map(|object| object.probe(connection, placeholders))
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
                            trigger_on: (object.kind == "trigger").then_some(object.table),
                            sql: object.sql,
                            plain,
                            strict,
                        },
                    )
                })
                .collect(),
        ))
    }

    /// Returns whether an object does not work for another reason than an unknown function or collation.
    pub(super) fn has_broken(&self) -> bool {
        let is_broken = |probe: &Probe| {
            let why = probe.plain.as_deref();
            why.is_some_and(|why| Unregistered::parse(why).is_none())
        };
        self.0.values().any(is_broken)
    }

    /// Omits the triggers of a table, which are removed with it.
    pub(super) fn without_triggers_on(mut self, table: &str) -> Probes {
        self.0.retain(|_, probe| {
            let own = probe.trigger_on.as_deref();
            !own.is_some_and(|own| own.eq_ignore_ascii_case(table))
        });
        self
    }

    /// Returns an error if an object worked before and does not work now, or if it could not be checked and refers to a
    /// removed object. An object that was already broken is not an error.
    pub(super) fn compare(
        &self,
        after: &Probes,
        removed: ExpectedRemoval<'_>,
    ) -> Result<(), AlterError> {
        let mut broken = Vec::new();
        for (title, before) in &self.0 {
            let Some(now) = after.0.get(title) else {
                continue;
            };
            let why = match (&before.plain, &now.plain) {
                (None, Some(why)) => Some(why.clone()),
                (Some(why), _) => {
                    let unjudged =
                        Unregistered::parse(why).is_some() && removed.is_named_in(&before.sql);
                    unjudged.then(|| format!("it can't be checked ({why})"))
                }
                (None, None) => match (&before.strict, &now.strict) {
                    (None, Some(why)) => Some(why.clone()),
                    (Some(_), _) => removed
                        .columns()
                        .iter()
                        .find(|column| quotes(&before.sql, column))
                        .map(|column| format!("\"{column}\" would become a string")),
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

/// Returns whether the text contains `name` in double quotes.
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
    fn probe(
        &self,
        connection: &Connection,
        placeholders: &mut Placeholders<'_>,
    ) -> Option<String> {
        let sql = match self.kind.as_str() {
            "view" => Some(format!(
                "SELECT * FROM {}.{}",
                self.schema,
                quoted(&self.name)
            )),
            _ => self.firing(connection),
        };
        let sql = sql?;
        loop {
            // The statement is prepared, but never run or cached.
            let error = connection.prepare(&sql).err()?;
            if !placeholders.for_error(&error) {
                return Some(super::words(&error));
            }
        }
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
        let mut statement = connection.prepare(&sql).with_statement(&sql)?;
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
            .with_statement(&sql)?;
        found.extend(rows);
    }
    Ok(found)
}
