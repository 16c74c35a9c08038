//! The foreign keys that delete or clear rows of other tables when a row is deleted.

use rusqlite::Connection;

use crate::backend::sqlite::SqliteDialect;
use migrate_schema::ddl::Dialect as _;

/// The foreign keys of other tables to one table that have an effect on DELETE.
pub(super) struct Referrers(Vec<Referrer>);

struct Referrer {
    table: String,
    columns: Vec<String>,
    deletes: bool,
}

impl Referrers {
    pub(super) fn of(connection: &Connection, table: &str) -> rusqlite::Result<Referrers> {
        const SQL: &str = "SELECT child.name, link.id, link.\"from\", link.on_delete = 'CASCADE' \
             FROM main.sqlite_schema AS child, pragma_foreign_key_list(child.name, 'main') AS link \
             WHERE child.type = 'table' AND link.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE \
             AND link.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY child.name, link.id, link.seq";
        let mut statement = connection.prepare_cached(SQL)?;
        let mut rows = statement.query([table])?;
        let mut found: Vec<(i64, Referrer)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (table, id, column): (String, i64, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            match found.last_mut() {
                Some((own, last)) if *own == id && last.table == table => last.columns.push(column),
                _ => found.push((
                    id,
                    Referrer {
                        table,
                        columns: vec![column],
                        deletes: row.get(3)?,
                    },
                )),
            }
        }
        Ok(Referrers(found.into_iter().map(|(_, key)| key).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts the referencing rows of each key.
    pub(super) fn count(&self, connection: &Connection) -> rusqlite::Result<Vec<i64>> {
        let id = |name: &str| SqliteDialect.identifier(name);
        let counts = self.0.iter().map(|key| {
            let set: Vec<String> = key
                .columns
                .iter()
                .map(|column| format!("{} IS NOT NULL", id(column)))
                .collect();
            let sql = format!(
                "SELECT count(*) FROM main.{} WHERE {}",
                id(&key.table),
                set.join(" AND ")
            );
            connection.query_row(&sql, [], |row| row.get(0))
        });
        counts.collect()
    }

    /// Describes the effect on the referencing rows if all referenced rows are deleted.
    pub(super) fn lost(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let none = vec![0; self.0.len()];
        Ok(self.fewer(&self.count(connection)?, &none))
    }

    /// Describes which rows are fewer than before.
    pub(super) fn fewer(&self, before: &[i64], now: &[i64]) -> Vec<String> {
        let counts = self.0.iter().zip(before.iter().zip(now));
        counts
            .filter(|(_, (before, now))| before > now)
            .map(|(key, (before, now))| {
                let (count, table, columns) = (before - now, &key.table, key.columns.join(", "));
                let rows = if count == 1 { "row" } else { "rows" };
                match key.deletes {
                    true => {
                        format!(
                            "delete {count} {rows} of `{table}` through its foreign key `{columns}`"
                        )
                    }
                    false => format!("clear `{columns}` in {count} {rows} of `{table}`"),
                }
            })
            .collect()
    }
}
