//! The table to alter, and everything that belongs to it, in their previous state.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use super::attached_objects::{AttachedObject, attached_objects};
use super::content;
use super::edit::Edited;
use super::error::{AlterError, WithStatement};
use super::quoted;
use super::table::{Definition, OptionKind};

/// The table and the objects that belong to it.
#[derive(Debug)]
pub(super) struct TableState {
    /// The name as stored.
    pub(super) name: String,
    pub(super) sql: String,
    pub(super) columns: Vec<LiveColumn>,
    pub(super) rowid: Rowid,
    /// Its indexes and triggers in the order of their creation.
    pub(super) belongings: Vec<AttachedObject>,
    /// Its row of `sqlite_sequence`.
    pub(super) sequence: Option<Value>,
}

/// A column as SQLite reports it.
#[derive(Debug)]
pub(super) struct LiveColumn {
    pub(super) name: String,
    pub(super) data_type: String,
    not_null: bool,
    has_default: bool,
    key: i64,
    generated: bool,
}

/// The expression that identifies the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rowid {
    /// The rowid, under this name, which no column has.
    Implicit(&'static str),
    /// The rowid, which is also this column.
    Column(String),
    /// The rowid, which has no usable name because columns have all three.
    Hidden,
    /// The primary key.
    Key,
}

impl TableState {
    /// Reads the table; returns an error if it is not an ordinary one.
    pub(super) fn read(connection: &Connection, table: &str) -> Result<TableState, AlterError> {
        let (name, sql) = stored(connection, table)?;
        let columns = columns(connection, &name)?;
        let rowid = rowid(connection, &name, &columns)?;
        Ok(TableState {
            belongings: attached_objects(connection, &name)?,
            sequence: sequence(connection, &name)?,
            name,
            sql,
            columns,
            rowid,
        })
    }

    /// Checks that the parsed statement agrees with SQLite.
    pub(super) fn agrees(&self, table: &Definition) -> Result<(), AlterError> {
        let mismatch = |reason: String| AlterError::Unreadable {
            table: self.name.clone(),
            reason,
        };
        if table.columns.len() != self.columns.len() {
            return Err(mismatch(format!(
                "SQLite reports {} columns, but {} were parsed",
                self.columns.len(),
                table.columns.len()
            )));
        }
        for (own, live) in table.columns.iter().zip(&self.columns) {
            // The columns of a key may be NOT NULL without the keywords.
            let same = own.name == live.name
                && own.has_default() == live.has_default
                && own.is_generated() == live.generated
                && (own.is_not_null() == live.not_null || live.key > 0);
            if !same {
                return Err(mismatch(format!(
                    "SQLite describes column `{}` differently",
                    live.name
                )));
            }
        }
        Ok(())
    }

    /// Returns an error if an index, a trigger or another table's foreign key needs a column to drop.
    pub(super) fn needs(&self, connection: &Connection, edited: &Edited) -> Result<(), AlterError> {
        let dropped = edited
            .dropped
            .iter()
            .filter(|dropped| edited.table.find(dropped).is_none());
        let dropped: Vec<&String> = dropped.collect();
        content::check_columns(connection, &self.name, dropped.iter().copied())?;
        for column in dropped {
            let mut found: Vec<String> = self
                .belongings
                .iter()
                .filter(|belonging| belonging.names(column))
                .map(|belonging| format!("{} `{}`", belonging.kind, belonging.name))
                .collect();
            found.extend(self.children_of(connection, column)?);
            if !found.is_empty() {
                return Err(AlterError::InUse {
                    column: column.clone(),
                    uses: found,
                });
            }
        }
        Ok(())
    }

    fn children_of(
        &self,
        connection: &Connection,
        column: &str,
    ) -> Result<Vec<String>, AlterError> {
        let key: Vec<&str> = self
            .columns
            .iter()
            .filter(|own| own.key > 0)
            .map(|own| own.name.as_str())
            .collect();
        let in_key = key.iter().any(|own| own.eq_ignore_ascii_case(column));
        let sql = "SELECT DISTINCT child.name FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') AS link \
                   WHERE child.type = 'table' AND link.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE \
                   AND (link.\"to\" = ?2 COLLATE NOCASE OR (link.\"to\" IS NULL AND ?3))";
        let mut statement = connection.prepare(sql).with_statement(sql)?;
        let rows = statement
            .query_map((&self.name, column, in_key), |row| {
                Ok(format!("a foreign key of `{}`", row.get::<_, String>(0)?))
            })
            .and_then(Iterator::collect)
            .with_statement(sql)?;
        Ok(rows)
    }

    /// Returns the expression for the rowid, if there is one.
    pub(super) fn rowid_expression(&self) -> Option<String> {
        match &self.rowid {
            Rowid::Implicit(name) => Some(format!("{}.{name}", quoted(&self.name))),
            Rowid::Column(column) => Some(format!("{}.{}", quoted(&self.name), quoted(column))),
            Rowid::Hidden | Rowid::Key => None,
        }
    }

    /// Returns an expression that describes the row.
    pub(super) fn row_label(&self) -> String {
        if let Some(rowid) = self.rowid_expression() {
            return format!("'row ' || {rowid}");
        }
        let key = self.columns.iter().filter(|column| column.key > 0);
        let parts: Vec<String> = key
            .map(|column| format!("quote({}.{})", quoted(&self.name), quoted(&column.name)))
            .collect();
        if parts.is_empty() {
            "'a row'".to_owned()
        } else {
            format!("'row ' || {}", parts.join(" || ', ' || "))
        }
    }
}

fn stored(connection: &Connection, table: &str) -> Result<(String, String), AlterError> {
    let sql = "SELECT o.name, l.type, o.sql FROM main.sqlite_schema AS o JOIN pragma_table_list AS l \
               ON l.schema = 'main' AND l.name = o.name WHERE o.name = ?1 COLLATE NOCASE AND o.type IN ('table', 'view')";
    let found: Option<(String, String, Option<String>)> = connection
        .query_row(sql, [table], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
        .with_statement(sql)?;
    let Some((name, kind, sql)) = found else {
        return Err(AlterError::NoTable {
            table: table.to_owned(),
        });
    };
    let kind = match kind.as_str() {
        "view" => Some("a view"),
        "virtual" => Some("a virtual table"),
        "shadow" => Some("the storage of a virtual table"),
        _ if name.to_ascii_lowercase().starts_with("sqlite_") => {
            Some("an internal table of SQLite")
        }
        _ => None,
    };
    match (kind, sql) {
        (Some(kind), _) => Err(AlterError::NotOrdinary { table: name, kind }),
        (None, None) => Err(AlterError::NotOrdinary {
            table: name,
            kind: "a table without a statement",
        }),
        (None, Some(sql)) => Ok((name, sql)),
    }
}

/// Reads the columns, including generated ones.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<Vec<LiveColumn>, AlterError> {
    let sql = "SELECT name, type, \"notnull\", dflt_value IS NOT NULL AND hidden = 0, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid";
    let mut statement = connection.prepare(sql).with_statement(sql)?;
    let rows = statement.query_map([table], |row| {
        Ok(LiveColumn {
            name: row.get(0)?,
            data_type: row.get(1)?,
            not_null: row.get(2)?,
            has_default: row.get(3)?,
            key: row.get(4)?,
            generated: row.get::<_, i64>(5)? > 1,
        })
    });
    rows.and_then(Iterator::collect).with_statement(sql)
}

/// Finds the expression that identifies the rows.
pub(super) fn rowid(
    connection: &Connection,
    table: &str,
    columns: &[LiveColumn],
) -> Result<Rowid, AlterError> {
    let sql = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    if connection
        .query_row(sql, [table], |row| row.get(0))
        .with_statement(sql)?
    {
        return Ok(Rowid::Key);
    }
    let keys: Vec<&LiveColumn> = columns.iter().filter(|column| column.key > 0).collect();
    if let [key] = keys.as_slice() {
        // Only a key that is the rowid itself has no index.
        let sql = "SELECT count(*) FROM pragma_index_list(?1, 'main') WHERE origin = 'pk'";
        let indexes: i64 = connection
            .query_row(sql, [table], |row| row.get(0))
            .with_statement(sql)?;
        if indexes == 0 {
            return Ok(Rowid::Column(key.name.clone()));
        }
    }
    let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| {
        !columns
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    });
    Ok(free.map_or(Rowid::Hidden, Rowid::Implicit))
}

fn sequence(connection: &Connection, table: &str) -> Result<Option<Value>, AlterError> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'";
    if connection
        .query_row(sql, [], |_| Ok(()))
        .optional()
        .with_statement(sql)?
        .is_none()
    {
        return Ok(None);
    }
    let sql = "SELECT seq FROM main.sqlite_sequence WHERE name = ?1";
    connection
        .query_row(sql, [table], |row| row.get(0))
        .optional()
        .with_statement(sql)
}

/// Returns whether a statement declares the table as STRICT.
pub(super) fn is_strict(table: &Definition) -> bool {
    table.has_option(OptionKind::Strict)
}
