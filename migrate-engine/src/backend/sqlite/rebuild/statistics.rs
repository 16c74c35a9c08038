//! The statistics of ANALYZE for a table (<https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table>). They are
//! stored by table name, and lost if the table is dropped under its own name.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::error::{AlterError, WithStatement};
use super::quoted;

/// The tables that contain the statistics.
const TABLES: [&str; 2] = ["sqlite_stat1", "sqlite_stat4"];

/// The statistics of a table.
pub(super) struct Statistics {
    table: String,
    rows: Vec<(&'static str, Vec<Vec<Value>>)>,
}

impl Statistics {
    pub(super) fn read(connection: &Connection, table: &str) -> Result<Statistics, AlterError> {
        let mut rows = Vec::new();
        for name in TABLES {
            let found = of(connection, name, table)?;
            if !found.is_empty() {
                rows.push((name, found));
            }
        }
        Ok(Statistics {
            table: table.to_owned(),
            rows,
        })
    }

    /// Restores missing statistics of existing indexes.
    pub(super) fn put_back(&self, connection: &Connection) -> Result<(), AlterError> {
        for (name, rows) in &self.rows {
            let now = of(connection, name, &self.table)?;
            for row in rows.iter().filter(|row| !now.contains(row)) {
                if self.is_of_use(connection, row)? {
                    let placeholders = vec!["?"; row.len()].join(", ");
                    let sql = format!("INSERT INTO main.{} VALUES ({placeholders})", quoted(name));
                    let done = connection.execute(&sql, params_from_iter(row));
                    done.with_statement(&sql)?;
                }
            }
        }
        Ok(())
    }

    fn is_of_use(&self, connection: &Connection, row: &[Value]) -> Result<bool, AlterError> {
        let Some(Value::Text(index)) = row.get(1) else {
            return Ok(true);
        };
        let sql = "SELECT 1 FROM pragma_index_list(?1, 'main') WHERE name = ?2 COLLATE NOCASE";
        let found = connection.query_row(sql, [&self.table, index], |_| Ok(()));
        // If the key of a table WITHOUT ROWID has no index of its own, its statistics are stored under the table's
        // name.
        let found = found.optional().with_statement(sql)?.is_some();
        Ok(found || index.eq_ignore_ascii_case(&self.table))
    }
}

fn of(connection: &Connection, name: &str, table: &str) -> Result<Vec<Vec<Value>>, AlterError> {
    let sql = "SELECT 1 FROM main.sqlite_schema WHERE name = ?1";
    let exists = connection.query_row(sql, [name], |_| Ok(()));
    if exists.optional().with_statement(sql)?.is_none() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT * FROM main.{} WHERE tbl = ?1 COLLATE NOCASE",
        quoted(name)
    );
    let mut statement = connection.prepare(&sql).with_statement(&sql)?;
    let width = statement.column_count();
    let rows = statement.query_map([table], |row| (0..width).map(|at| row.get(at)).collect());
    rows.and_then(Iterator::collect).with_statement(&sql)
}
