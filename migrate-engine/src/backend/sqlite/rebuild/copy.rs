//! Copies the rows from the old table to the new one in parts of a fixed size, with constant memory and a progress
//! report after each part.

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::super::duplicate_values;
use super::edit::{Edited, From};
use super::error::{AlterError, WithStatement};
use super::table::ConstraintKind;
use super::table_state::{self, Rowid, TableState};
use super::{FIRST, Progress, quoted};

/// The number of rows between two progress reports.
const PART: i64 = 50_000;

/// Copies the rows of `source`, the current name of the old table, and returns the number of rows.
pub(super) fn rows(
    connection: &Connection,
    state: &TableState,
    edited: &Edited,
    source: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, AlterError> {
    let copy = Copy::new(connection, state, edited, source)?;
    let total = copy.count(connection)?;
    let mut report = |copied| {
        progress(Progress {
            table: state.name.clone(),
            copied,
            total,
        })
    };
    let copied = copy
        .run(connection, &mut report)
        .map_err(|error| copy.explain(connection, edited, error))?;
    if copied == total {
        Ok(copied)
    } else {
        Err(AlterError::Mismatch {
            reason: format!("{copied} of {total} rows were copied"),
        })
    }
}

struct Copy {
    /// `INSERT OR ABORT INTO main."t" (…)`: no ON CONFLICT clause of a constraint may drop or replace a row.
    insert: String,
    /// The values, named like the new columns.
    values: Vec<(String, String)>,
    /// `main."_migrate_old_t" AS "t"`.
    source: String,
    /// The expression for the rowid of the old rows.
    rowid: Option<String>,
    /// Whether each new row keeps the old rowid.
    keeps_rowid: bool,
}

impl Copy {
    fn new(
        connection: &Connection,
        state: &TableState,
        edited: &Edited,
        source: &str,
    ) -> Result<Copy, AlterError> {
        let name = quoted(&state.name);
        let mut values: Vec<(String, String)> = edited
            .columns
            .iter()
            .filter_map(|column| match &column.from {
                From::Column(old) => {
                    Some((quoted(&column.name), format!("{name}.{}", quoted(old))))
                }
                From::Expression(sql) => Some((quoted(&column.name), format!("({sql})"))),
                From::Default | From::Generated => None,
            })
            .collect();
        let live = table_state::columns(connection, &state.name)?;
        let rowid = state.rowid_expression();
        let keeps_rowid = match (&rowid, table_state::rowid(connection, &state.name, &live)?) {
            (Some(old), Rowid::Implicit(new)) => {
                values.insert(0, (new.to_owned(), old.clone()));
                true
            }
            (Some(_), Rowid::Column(new)) => {
                let own = edited
                    .columns
                    .iter()
                    .find(|column| column.name == new)
                    .map(|column| &column.from);
                matches!((own, &state.rowid), (Some(From::Column(own)), Rowid::Column(old)) if own == old)
            }
            _ => false,
        };
        let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
        Ok(Copy {
            insert: format!("INSERT OR ABORT INTO main.{name} ({})", names.join(", ")),
            values,
            source: format!("main.{} AS {name}", quoted(source)),
            rowid,
            keeps_rowid,
        })
    }

    fn count(&self, connection: &Connection) -> Result<u64, AlterError> {
        let sql = format!("SELECT count(*) FROM {}", self.source);
        let count: i64 = connection
            .query_row(&sql, [], |row| row.get(0))
            .with_statement(&sql)?;
        Ok(count.unsigned_abs())
    }

    fn select(&self) -> String {
        let values: Vec<&str> = self
            .values
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        format!("SELECT {} FROM {}", values.join(", "), self.source)
    }

    fn run(&self, connection: &Connection, report: &mut dyn FnMut(u64)) -> Result<u64, AlterError> {
        let Some(rowid) = &self.rowid else {
            let sql = format!("{} {}", self.insert, self.select());
            let copied = connection.execute(&sql, []).with_statement(&sql)? as u64;
            report(copied);
            return Ok(copied);
        };
        let sql = format!(
            "{} {} WHERE {rowid} BETWEEN ?1 AND ?2 ORDER BY {rowid} LIMIT {PART}",
            self.insert,
            self.select()
        );
        let mut statement = connection.prepare(&sql).with_statement(&sql)?;
        let (mut from, mut copied) = (i64::MIN, 0);
        loop {
            let to = if self.keeps_rowid {
                None
            } else {
                self.end_of_part(connection, rowid, from)?
            };
            let part = statement
                .execute((from, to.unwrap_or(i64::MAX)))
                .with_statement(&sql)? as u64;
            copied += part;
            if part > 0 {
                report(copied);
            }
            let last = match to {
                Some(to) => to,
                None if self.keeps_rowid && part == PART as u64 => connection.last_insert_rowid(),
                None => return Ok(copied),
            };
            match last.checked_add(1) {
                Some(next) => from = next,
                None => return Ok(copied),
            }
        }
    }

    /// Returns the last rowid of the part that begins at `from`, or `None` for the last part.
    fn end_of_part(
        &self,
        connection: &Connection,
        rowid: &str,
        from: i64,
    ) -> Result<Option<i64>, AlterError> {
        let sql = format!(
            "SELECT {rowid} FROM {} WHERE {rowid} >= ?1 ORDER BY {rowid} LIMIT 1 OFFSET {}",
            self.source,
            PART - 1
        );
        connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_row([from], |row| row.get(0)).optional())
            .with_statement(&sql)
    }

    /// Adds the rows that violate a constraint to the error, if the edits added the constraint.
    fn explain(&self, connection: &Connection, edited: &Edited, error: AlterError) -> AlterError {
        let AlterError::Statement { source, .. } = &error else {
            return error;
        };
        if source.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
            return error;
        }
        let message = super::words(source);
        let first = edited.added.iter().find_map(|constraint| {
            let breaking = match &constraint.kind {
                ConstraintKind::Check(span) => {
                    Some(self.failing_rows_query(&edited.sql[span.clone()]))
                }
                ConstraintKind::Unique(columns) | ConstraintKind::PrimaryKey { columns, .. } => {
                    Some(self.repeated_rows_query(columns))
                }
                _ => None,
            };
            // A failure to find the explanation is not reported.
            let first = connection.prepare(&breaking?).and_then(|mut statement| {
                statement
                    .query_map([], |row| row.get(0))?
                    .collect::<rusqlite::Result<Vec<String>>>()
            });
            first.ok().filter(|first| !first.is_empty())
        });
        AlterError::Constraint {
            message,
            first: first.unwrap_or_default(),
        }
    }

    fn new_rows(&self) -> String {
        let label = self.rowid.clone().unwrap_or_else(|| "NULL".to_owned());
        let values: Vec<String> = self
            .values
            .iter()
            .map(|(name, value)| format!("{value} AS {name}"))
            .collect();
        let name = self.source.rsplit(" AS ").next().unwrap_or_default();
        format!(
            "(SELECT {}, {label} AS \"migrate row\" FROM {}) AS {name}",
            values.join(", "),
            self.source
        )
    }

    fn failing_rows_query(&self, condition: &str) -> String {
        format!(
            "SELECT coalesce('row ' || \"migrate row\", 'a row') FROM {} WHERE NOT ({condition}) LIMIT {FIRST}",
            self.new_rows()
        )
    }

    fn repeated_rows_query(&self, columns: &[String]) -> String {
        let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        duplicate_values::duplicates_query(&self.new_rows(), &columns, None)
    }
}
