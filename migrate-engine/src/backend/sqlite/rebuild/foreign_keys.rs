//! Foreign keys that reference missing rows, before and after a change. Only new violations are errors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::Connection;

use super::error::{AlterError, WithStatement};
use super::{FIRST, quoted};

/// The maximum number of violations of one key that are recorded by row; further ones are only counted.
const REMEMBERED: usize = 100_000;

/// A row whose foreign key references a missing row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    table: String,
    /// `None` for a table WITHOUT ROWID.
    rowid: Option<i64>,
    parent: String,
    columns: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, columns, parent) = (&self.table, &self.columns, &self.parent);
        match self.rowid {
            Some(rowid) => write!(f, "`{table}` row {rowid}, `{columns}` to `{parent}`"),
            None => write!(f, "`{table}`, `{columns}` to `{parent}`"),
        }
    }
}

/// A foreign key: its table, its columns, and the referenced table.
type Key = (String, String, String);

/// The violations that were found.
#[derive(Debug, Default)]
pub(in crate::backend::sqlite) struct Found {
    keys: BTreeMap<Key, Rows>,
    /// Tables whose keys SQLite can't check at all, with SQLite's message.
    mismatches: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Rows {
    count: usize,
    rowids: BTreeSet<i64>,
}

impl Found {
    /// Checks the rows of `table` and of each table with a foreign key to it.
    pub(super) fn look(connection: &Connection, table: &str) -> Result<Found, AlterError> {
        let mut found = Found::default();
        for child in children(connection, table)? {
            found.look_at(connection, &child, Some(table))?;
        }
        Ok(found)
    }

    /// Checks the rows of each other table with a foreign key to `table`.
    pub(in crate::backend::sqlite) fn look_at_others(
        connection: &Connection,
        table: &str,
    ) -> Result<Found, AlterError> {
        let mut found = Found::default();
        for child in children(connection, table)? {
            if !child.eq_ignore_ascii_case(table) {
                found.look_at(connection, &child, Some(table))?;
            }
        }
        Ok(found)
    }

    /// Checks the rows of each table with a foreign key.
    pub(in crate::backend::sqlite) fn look_everywhere(
        connection: &Connection,
    ) -> Result<Found, AlterError> {
        let sql = "SELECT DISTINCT child.name FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') \
                   WHERE child.type = 'table' ORDER BY child.name";
        let mut statement = connection.prepare(sql).with_statement(sql)?;
        let children: Vec<String> = statement
            .query_map([], |row| row.get(0))
            .and_then(Iterator::collect)
            .with_statement(sql)?;
        let mut found = Found::default();
        for child in children {
            found.look_at(connection, &child, None)?;
        }
        Ok(found)
    }

    fn look_at(
        &mut self,
        connection: &Connection,
        child: &str,
        table: Option<&str>,
    ) -> Result<(), AlterError> {
        let keys = keys(connection, child)?;
        let sql = format!("PRAGMA main.foreign_key_check({})", quoted(child));
        let mut statement = match connection.prepare(&sql) {
            Ok(statement) => statement,
            // A key that references columns which are not unique fails when the statement is prepared.
            Err(error) => {
                self.mismatches.insert(child.to_owned(), error.to_string());
                return Ok(());
            }
        };
        let mut rows = statement.query([]).with_statement(&sql)?;
        while let Some(row) = rows.next().with_statement(&sql)? {
            let parent: String = row.get(2).with_statement(&sql)?;
            // Other violations of another table are unaffected by the change.
            let other = |table: &str| {
                !child.eq_ignore_ascii_case(table) && !parent.eq_ignore_ascii_case(table)
            };
            if table.is_some_and(other) {
                continue;
            }
            let id: i64 = row.get(3).with_statement(&sql)?;
            let columns = keys.get(&id).cloned().unwrap_or_default();
            let key = self
                .keys
                .entry((child.to_owned(), columns, parent))
                .or_default();
            key.count += 1;
            if let Some(rowid) = row.get::<_, Option<i64>>(1).with_statement(&sql)?
                && key.rowids.len() < REMEMBERED
            {
                key.rowids.insert(rowid);
            }
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.mismatches.is_empty()
    }

    /// Returns an error for each violation that did not exist before.
    pub(in crate::backend::sqlite) fn compare(&self, before: &Found) -> Result<(), AlterError> {
        let mismatch = self
            .mismatches
            .iter()
            .find(|(child, _)| !before.mismatches.contains_key(*child));
        if let Some((child, why)) = mismatch {
            return Err(AlterError::Broken {
                broken: vec![format!("foreign key of `{child}`: {why}")],
            });
        }
        let (mut count, mut first) = (0, Vec::new());
        for (key, rows) in &self.keys {
            let none = Rows::default();
            let previous = before.keys.get(key).unwrap_or(&none);
            let by_row = rows.rowids.len() == rows.count && previous.rowids.len() == previous.count;
            let fresh: Vec<Option<i64>> = if by_row {
                rows.rowids
                    .difference(&previous.rowids)
                    .copied()
                    .map(Some)
                    .collect()
            } else {
                vec![None; rows.count.saturating_sub(previous.count)]
            };
            count += fresh.len();
            let (table, columns, parent) = key;
            first.extend(
                fresh
                    .into_iter()
                    .take(FIRST.saturating_sub(first.len()))
                    .map(|rowid| Violation {
                        table: table.clone(),
                        rowid,
                        parent: parent.clone(),
                        columns: columns.clone(),
                    }),
            );
        }
        if count == 0 {
            Ok(())
        } else {
            Err(AlterError::ForeignKeys { count, first })
        }
    }
}

/// Returns the table itself and each table with a foreign key to it.
fn children(connection: &Connection, table: &str) -> Result<Vec<String>, AlterError> {
    let sql = "SELECT DISTINCT child.name FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') AS link \
               WHERE child.type = 'table' AND (link.\"table\" = ?1 COLLATE NOCASE OR child.name = ?1 COLLATE NOCASE) ORDER BY child.name";
    let mut statement = connection.prepare(sql).with_statement(sql)?;
    let rows = statement
        .query_map([table], |row| row.get(0))
        .and_then(Iterator::collect);
    rows.with_statement(sql)
}

/// Returns the columns of each of a table's foreign keys, by SQLite's number of the key.
fn keys(connection: &Connection, table: &str) -> Result<BTreeMap<i64, String>, AlterError> {
    let sql = "SELECT id, group_concat(\"from\", ', ') FROM pragma_foreign_key_list(?1, 'main') GROUP BY id";
    let mut statement = connection.prepare(sql).with_statement(sql)?;
    let rows = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect);
    rows.with_statement(sql)
}
