//! Finds values that occur in several rows and so violate a new unique index or constraint.

use rusqlite::Connection;

use crate::error::{DatabaseErrorKind, OpError};
use migrate_schema::ddl::Dialect as _;
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Index, IndexKey};

use super::SqliteDialect;
use super::rebuild::FIRST;

/// Returns a query for the first values of `keys` that occur in several rows, formatted for a message.
pub(super) fn duplicates_query(source: &str, keys: &[String], predicate: Option<&str>) -> String {
    let shown: Vec<String> = keys
        .iter()
        .map(|key| format!("substr(quote({key}), 1, 40)"))
        .collect();
    let not_null = keys.iter().map(|key| format!("{key} IS NOT NULL"));
    let conditions: Vec<String> = not_null
        .chain(predicate.map(|filter| format!("({filter})")))
        .collect();
    format!(
        "SELECT '(' || {} || ') in ' || count(*) || ' rows' FROM {source} WHERE {} GROUP BY {} HAVING count(*) > 1 LIMIT {FIRST}",
        shown.join(" || ', ' || "),
        conditions.join(" AND "),
        keys.join(", ")
    )
}

/// Adds the repeated values to the error of a unique index, because SQLite only reports the columns.
pub(super) fn improve_error(
    connection: &Connection,
    operation: &Operation,
    mut error: OpError,
) -> OpError {
    if let Operation::CreateIndex(op) = operation
        && op.index.unique
        && let OpError::Statement { source, .. } = &mut error
        && source.kind == DatabaseErrorKind::ConstraintViolation
    {
        // A failure to find the explanation is not reported.
        let first = first_duplicates(connection, &op.index).unwrap_or_default();
        if !first.is_empty() {
            source.message = format!("{}: {}", source.message, first.join(", "));
            source.help = Some("update or delete those rows first with `op.execute`".to_owned());
        }
    }
    error
}

fn first_duplicates(connection: &Connection, index: &Index) -> rusqlite::Result<Vec<String>> {
    let dialect = SqliteDialect;
    let keys: Vec<String> = index
        .parts
        .iter()
        .map(|part| {
            let key = match &part.key {
                IndexKey::Column(name) => dialect.column_in_index(name),
                IndexKey::Expression(sql) => format!("({sql})"),
            };
            match &part.collation {
                Some(collation) => format!("({key} COLLATE {})", dialect.identifier(collation)),
                None => key,
            }
        })
        .collect();
    let table = dialect.identifier(&index.table);
    let sql = duplicates_query(&table, &keys, index.predicate.as_deref());
    connection
        .prepare(&sql)?
        .query_map([], |row| row.get(0))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{Op, Sqlite};
    use migrate_schema::schema::IndexPart;

    fn refused(index: Index) -> (String, Option<String>) {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, \"the age\" INTEGER, name TEXT COLLATE NOCASE);
                 INSERT INTO users (email, \"the age\", name) VALUES
                    ('a@b', 3, 'Ada'), ('a@b', 3, 'ada'), ('A@B', 4, 'Grace'), (NULL, 5, 'x'), (NULL, 5, 'y');",
            )
            .unwrap();
        let error = Op::<Sqlite>::new(&connection).create_index(index.unique());
        match error
            .unwrap_err()
            .into_inner()
            .downcast::<OpError>()
            .map(|error| *error)
        {
            Ok(OpError::Statement { source, .. }) => (source.message, source.help),
            other => panic!("another error: {other:?}"),
        }
    }

    #[test]
    fn duplicate_values_are_reported() {
        for (index, expected) in [
            (
                Index::new("ux", "users", "email"),
                "users.email: ('a@b') in 2 rows",
            ),
            (
                Index::new("ux", "users", ["email", "the age"]),
                "('a@b', 3) in 2 rows",
            ),
            (Index::new("ux", "users", "name"), "('Ada') in 2 rows"),
            (
                Index::new("ux", "users", "the age").predicate("\"the age\" > 4"),
                "the age: (5) in 2 rows",
            ),
            (
                Index::new("ux", "users", IndexPart::expression("lower(email)")),
                "('a@b') in 3 rows",
            ),
            (
                Index::new("ux", "users", IndexPart::column("email").collate("NOCASE")),
                "('a@b') in 3 rows",
            ),
        ] {
            let (message, help) = refused(index);
            assert!(message.ends_with(expected), "{message}");
            assert!(help.unwrap().contains("op.execute"), "{message}");
        }
    }
}
