//! The session of an `Op`: the connection, in a transaction or outside one.

use std::time::{Duration, Instant};

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error, Params, Row};

use crate::backend::ScriptError;
use crate::error::{DatabaseError, DatabaseErrorKind};
use migrate_schema::value::Value;

use super::error::{from_driver, is};
use super::lock;
use super::server::Server;
use super::sql;
use super::value;

/// The error code of a lock timeout: the server rolls back the statement, but not the work before it.
const LOCK_WAIT_TIMEOUT: u16 = 1205;
/// The error code of a statement that can't be prepared.
const NOT_PREPARED: u16 = 1295;

/// The pause before a statement is retried after a lock timeout.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// Whether a session is in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionState {
    /// In the revision's transaction.
    Inside,
    /// Outside a transaction.
    Outside,
}

/// A connection, with the state that its unit needs afterwards.
pub struct MysqlSession<'t> {
    pub(super) conn: &'t mut Conn,
    pub(super) server: Server,
    pub(super) transaction_state: TransactionState,
    /// The statement that would have ended the transaction.
    pub(super) left: Option<String>,
    /// Whether a statement committed the work before it.
    pub(super) committed: bool,
    /// The statement that resets the session's settings.
    pub(super) reset_sql: String,
    /// The limit for retries of a statement after lock timeouts.
    pub(super) wait: Duration,
    /// Whether a lock timeout rolls back the whole transaction.
    pub(super) timeout_rolls_back: bool,
    /// The URL of the database without its secrets, if it is known.
    pub(super) url: Option<String>,
    /// The other clients of the session, if they can join it.
    #[cfg(feature = "shared-session")]
    pub(super) guests: Option<crate::backend::proxy::Guests>,
}

impl<'t> MysqlSession<'t> {
    pub(super) fn new(
        conn: &'t mut Conn,
        server: Server,
        transaction_state: TransactionState,
    ) -> MysqlSession<'t> {
        MysqlSession {
            conn,
            server,
            transaction_state,
            left: None,
            committed: false,
            reset_sql: String::new(),
            wait: Duration::ZERO,
            timeout_rolls_back: false,
            url: None,
            #[cfg(feature = "shared-session")]
            guests: None,
        }
    }

    /// Rejects a statement that would end the transaction, before it is sent.
    fn reject_transaction_end(&mut self, sql: &str) -> Result<(), DatabaseError> {
        if self.transaction_state == TransactionState::Outside {
            return Ok(());
        }
        self.committed |= sql::commits(sql);
        let Some(what) = sql::leaves(sql) else {
            return Ok(());
        };
        self.left.get_or_insert_with(|| what.to_owned());
        Err(DatabaseError::new(
            DatabaseErrorKind::Other,
            format!("{what} would end the revision's transaction"),
        ))
    }

    /// Runs one statement, and retries it after a lock timeout until the limit. A statement with a lock timeout has
    /// no effect.
    fn retry_while_locked<R>(
        &mut self,
        sql: &str,
        mut run: impl FnMut(&mut Conn) -> Result<R, Error>,
    ) -> Result<R, DatabaseError> {
        self.reject_transaction_end(sql)?;
        let started = Instant::now();
        loop {
            let error = match run(self.conn) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let retries = is(&error, LOCK_WAIT_TIMEOUT)
                && started.elapsed() < self.wait
                && (!self.timeout_rolls_back || sql::commits(sql));
            if !retries {
                return Err(self.with_blocking_connections(&error));
            }
            std::thread::sleep(RETRY_DELAY);
        }
    }

    /// Adds the connections that may hold the lock to the error.
    fn with_blocking_connections(&mut self, error: &Error) -> DatabaseError {
        let mut database_error = from_driver(error);
        if is(error, LOCK_WAIT_TIMEOUT)
            && let Some(others) = blocking_connections(self.conn)
        {
            database_error.message = format!("{}; {others}", database_error.message);
        }
        database_error
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DatabaseError> {
        let (text, params) = bound(sql, params)?;
        self.retry_while_locked(sql, |conn| {
            match conn.exec_drop(text.as_str(), params.clone()) {
                Err(error) if is(&error, NOT_PREPARED) && params == Params::Empty => {
                    conn.query_drop(text.as_str())?;
                }
                other => other?,
            }
            Ok(conn.affected_rows())
        })
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        let (text, params) = bound(sql, params)?;
        // After the caller received a row, a failed statement can't be retried.
        let mut has_rows = false;
        let mut failed = None;
        let done = self.retry_while_locked(sql, |conn| {
            let statement = match conn.prep(text.as_str()) {
                Err(error) if is(&error, NOT_PREPARED) && params == Params::Empty => {
                    let rows: Vec<Row> = conn.query(text.as_str())?;
                    rows.into_iter().for_each(|row| each(value::row(row)));
                    return Ok(());
                }
                other => other?,
            };
            for row in conn.exec_iter(statement, params.clone())? {
                match row {
                    Ok(row) => {
                        has_rows = true;
                        each(value::row(row));
                    }
                    Err(error) if has_rows => {
                        failed = Some(from_driver(&error));
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        failed.map_or(done, Err)
    }

    pub(super) fn query_text(
        &mut self,
        sql: &str,
        each: &mut dyn FnMut(&[&str]),
    ) -> Result<(), DatabaseError> {
        let rows = self
            .conn
            .query_iter(sql)
            .map_err(|error| from_driver(&error))?;
        for row in rows {
            let values = row.map_err(|error| from_driver(&error))?.unwrap();
            let texts: Vec<&str> = values
                .iter()
                .map(|value| match value {
                    mysql::Value::Bytes(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
                    _ => "",
                })
                .collect();
            each(&texts);
        }
        Ok(())
    }

    pub(super) fn execute_batch(&mut self, script: &str) -> Result<u32, ScriptError> {
        let mut before = 0;
        for sql in sql::statements(script) {
            self.statement(sql).map_err(|source| ScriptError {
                before,
                sql: sql.to_owned(),
                source,
            })?;
            before += 1;
        }
        Ok(before)
    }

    /// Runs one statement and ignores its rows.
    pub(super) fn statement(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.retry_while_locked(sql, |conn| conn.query_drop(sql))
    }

    /// Resets the session's settings that a revision changed.
    pub(super) fn reset_session(&mut self) -> Result<(), DatabaseError> {
        if self.reset_sql.is_empty() {
            return Ok(());
        }
        self.conn
            .query_drop(&self.reset_sql)
            .map_err(|error| from_driver(&error))
    }
}

/// Returns the statement with the server's placeholders, and the parameters in their order.
fn bound(sql: &str, params: &[Value]) -> Result<(String, Params), DatabaseError> {
    let (text, indexes) = sql::placeholders(sql);
    let count = indexes.iter().max().map_or(0, |last| last + 1);
    if count != params.len() {
        return Err(DatabaseError::new(
            DatabaseErrorKind::Other,
            format!(
                "{} parameters were given, and the statement has {count}",
                params.len()
            ),
        )
        .with_help("write the parameters as ?1, ?2 and so on"));
    }
    if indexes.is_empty() {
        return Ok((text, Params::Empty));
    }
    let values = indexes.iter().filter_map(|index| params.get(*index));
    Ok((
        text,
        Params::Positional(values.map(value::parameter).collect()),
    ))
}

/// Describes the other connections with an open transaction, if this user may see them.
fn blocking_connections(conn: &mut Conn) -> Option<String> {
    let found: Vec<u64> = conn
        .query(
            "SELECT t.trx_mysql_thread_id FROM information_schema.INNODB_TRX AS t \
             JOIN information_schema.PROCESSLIST AS p ON p.ID = t.trx_mysql_thread_id \
             WHERE t.trx_mysql_thread_id <> CONNECTION_ID() AND p.DB = DATABASE() \
             ORDER BY t.trx_started LIMIT 3",
        )
        .ok()?;
    let shown: Vec<String> = found
        .into_iter()
        .filter_map(|id| lock::connection(conn, id))
        .collect();
    (!shown.is_empty()).then(|| format!("other open transactions: {}", shown.join(", ")))
}
