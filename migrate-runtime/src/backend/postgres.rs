//! PostgreSQL, through the postgres crate.
//!
//! What it can't do: index a table without stopping its writers inside a transaction
//! (<https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>), use an enum's new value
//! before it is committed, compute a column when it is read before version 18. Such an operation is refused before anything
//! runs, with the way round. DDL is transactional, so a revision and its row are one. A statement that fails ends the
//! transaction around it, and COMMIT in a revision's SQL can't be seen beforehand: see `run.rs` for what is done about it.
//!
//! Names belong to the first schema of the connection's `search_path`; `in_schema` puts another one before it.

mod backup;
mod check;
mod client;
mod expression;
mod inspect;
mod lock;
mod normalise;
mod refuse;
mod resolve;
mod run;
#[cfg(feature = "tls")]
mod rustls;
mod scratch;
mod search_path;
mod session;
mod settings;
mod sql;
mod stands;
mod statements;
mod tls;
mod trouble;
mod types;
mod url;
mod value;
mod waits;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use postgres::Transaction;

use crate::backend::{
    Access, Backend, Capabilities, Description, ScriptError, SearchPath, Stands, Verdict,
};
use crate::backup::Copier;
use crate::ddl::{self, Dialect};
use crate::diff::Rules;
use crate::error::{DatabaseError, Error, OpError};
use crate::handle::Op;
use crate::op::Operation;
use crate::schema::{Column, Schema, Type};
use crate::value::Value;
pub use client::PostgresClient;
use session::PgSession;

/// PostgreSQL: `op.connection()` is a `&mut` [`postgres::Transaction`].
///
/// A revision's SQL may write its parameters as `?1`, like on other databases, or as `$1`. Values go in as text that the
/// server reads as the type it expects, so that a text can fill a date and a whole number every kind of number.
///
/// While revisions run, the session's time zone is UTC, and its settings are put back after each revision and at the end.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn placeholder(&self, number: usize) -> String {
        format!("${number}")
    }

    fn type_name(&self, kind: &Type) -> String {
        types::spelled(kind)
    }

    fn text(&self, text: &str) -> String {
        literal(text)
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        format!("decode('{}', 'hex')", ddl::hex(bytes))
    }

    fn odd_number(&self, number: f64) -> String {
        match number {
            number if number.is_nan() => "'NaN'::float8".to_owned(),
            number if number > 0.0 => "'Infinity'::float8".to_owned(),
            _ => "'-Infinity'::float8".to_owned(),
        }
    }

    fn statements(&self, operation: &Operation) -> Option<Vec<String>> {
        statements::own(operation)
    }
}

/// The tables that are of a kind of their own.
const BEYOND_OPERATIONS: &str = "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
     AND (relkind IN ('p', 'f') OR relkind = 'r' AND (relispartition OR EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = oid))) ORDER BY 1";

impl Backend for Postgres {
    type Client = PostgresClient;
    type Reader<'c> = &'c mut PostgresClient;
    type Session<'t> = PgSession<'t>;
    type Connection<'c, 't>
        = &'c mut Transaction<'t>
    where
        't: 'c;
    type Run<'c> = run::PgRun<'c>;

    const CAPABILITIES: Capabilities = Capabilities::new()
        .with_lasting_lock()
        .with_failure_ending_transaction()
        .with_second_try();

    const RULES: Rules = Rules::new()
        .with_views_made_again()
        .with_renamed_indexes()
        .with_form(expression::form);

    fn dialect() -> &'static dyn Dialect {
        &PostgresDialect
    }

    fn open(url: &OsStr, access: Access, wait: Duration) -> Result<Option<PostgresClient>, Error> {
        PostgresClient::open(url, access, wait).map(Some)
    }

    fn copier(url: &OsStr, wait: Duration, table: &'static str) -> Result<Box<dyn Copier>, Error> {
        backup::copier(url, wait, table)
    }

    fn scratch(near: Option<&OsStr>) -> Result<PostgresClient, Error> {
        PostgresClient::scratch(near)
    }

    fn scratch_of(
        copy: &Path,
        near: Option<&OsStr>,
        wait: Duration,
    ) -> Result<PostgresClient, Error> {
        backup::scratch_of(copy, near, wait)
    }

    fn start<'c>(
        client: &'c mut PostgresClient,
        wait: Duration,
        table: &str,
    ) -> Result<run::PgRun<'c>, Error> {
        run::PgRun::start(client, wait, table)
    }

    fn reader(client: &mut PostgresClient) -> &mut PostgresClient {
        client
    }

    fn read<R>(
        client: &mut PostgresClient,
        _: Duration,
        work: impl FnOnce(&mut Op<'_, Postgres>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        run::read(client, work)
    }

    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't> {
        &mut session.transaction
    }

    fn execute(
        session: &mut PgSession<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        session.execute(sql, params)
    }

    fn record(
        session: &mut PgSession<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        session.record(sql, params)
    }

    fn script(session: &mut PgSession<'_>, sql: &str) -> Result<u32, ScriptError> {
        session.script(sql)
    }

    fn statements(sql: &str) -> Vec<(&str, Stands)> {
        let statements = sql::statements(sql).into_iter();
        statements
            .map(|statement| (statement, stands::told(statement)))
            .collect()
    }

    fn invalid_indexes(session: &mut PgSession<'_>) -> Result<Vec<String>, DatabaseError> {
        inspect::invalid_indexes(&mut session.transaction).map_err(|error| trouble::told(&error))
    }

    fn query(
        session: &mut PgSession<'_>,
        sql: &str,
        params: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        session.query(sql, params, row)
    }

    fn check(session: &mut PgSession<'_>, operation: &Operation) -> Result<Verdict, OpError> {
        check::check(session, operation)
    }

    fn resolve(session: &mut PgSession<'_>, operation: Operation) -> Result<Operation, OpError> {
        resolve::resolve(session, operation)
    }

    fn stops_others(operation: &Operation) -> Option<&'static str> {
        waits::way_round(operation)
    }

    fn search_path(session: &mut PgSession<'_>, name: &str) -> Result<SearchPath, OpError> {
        search_path::to(&mut session.transaction, name)
    }

    fn settle(session: &mut PgSession<'_>) -> Result<(), DatabaseError> {
        session.settle()
    }

    fn recognise(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        error.downcast_ref::<postgres::Error>().map(trouble::told)
    }

    fn normalise(schema: Schema) -> Schema {
        normalise::schema(schema)
    }

    fn inspect(session: &mut PgSession<'_>, except: Option<&str>) -> Result<Schema, DatabaseError> {
        inspect::schema(&mut session.transaction, except).map_err(|error| trouble::told(&error))
    }

    fn beyond_operations(session: &mut PgSession<'_>) -> Result<Vec<String>, DatabaseError> {
        crate::backend::first_column::<Self>(session, BEYOND_OPERATIONS)
    }

    fn tables(session: &mut PgSession<'_>) -> Result<Vec<String>, DatabaseError> {
        inspect::tables(&mut session.transaction).map_err(|error| trouble::told(&error))
    }

    fn columns(session: &mut PgSession<'_>, table: &str) -> Result<Vec<Column>, DatabaseError> {
        let columns = inspect::columns(&mut session.transaction, Some(table));
        let columns = columns.map_err(|error| trouble::told(&error))?;
        Ok(columns.into_iter().map(|(_, column)| column).collect())
    }

    fn describe(
        session: &mut PgSession<'_>,
        table: &str,
    ) -> Result<Option<Description>, DatabaseError> {
        inspect::describe(&mut session.transaction, table).map_err(|error| trouble::told(&error))
    }
}

/// Returns a text literal, however the session reads backslashes.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
