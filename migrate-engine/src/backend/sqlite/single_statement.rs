//! Prepares a text that must be one statement.

// In older versions of rusqlite, `Batch::next` is an inherent method.
#[allow(unused_imports)]
use fallible_iterator::FallibleIterator;
use rusqlite::{Batch, CachedStatement, Connection, Error};

/// Prepares a statement, or fails if the text has more than one. rusqlite before 0.35 ignores the further statements.
pub(super) fn prepare<'c>(
    connection: &'c Connection,
    sql: &str,
) -> rusqlite::Result<CachedStatement<'c>> {
    let may_be_several = sql.trim_end().trim_end_matches(';').contains(';');
    if may_be_several {
        let mut statements = Batch::new(connection, sql);
        let first = statements.next()?;
        if first.is_some() && !matches!(statements.next(), Ok(None)) {
            return Err(Error::MultipleStatement);
        }
    }
    connection.prepare_cached(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_statement_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let refused = |sql| matches!(prepare(&connection, sql), Err(Error::MultipleStatement));
        for sql in [
            "SELECT 1",
            "SELECT ';' ;",
            "SELECT 1; -- and no more",
            "SELECT /* ; */ 1;;",
            "CREATE TEMP TRIGGER t AFTER INSERT ON sqlite_temp_schema BEGIN SELECT 1; SELECT 2; END",
        ] {
            assert!(!refused(sql), "{sql}");
        }
        for sql in [
            "SELECT 1; SELECT 2",
            "SELECT 1; SELECT nothing;",
            "SELECT 1;;x",
        ] {
            assert!(refused(sql), "{sql}");
        }
    }
}
