//! The PostgreSQL backend, based on the postgres crate.
//!
//! PostgreSQL can't create an index inside a transaction without blocking writers
//! (<https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>), use a new enum value
//! before it is committed, or, before version 18, compute a column when it is read. Such an operation is refused before
//! anything runs, with a workaround.
//!
//! DDL is transactional, so a revision and its row are committed together. A failed statement aborts its transaction,
//! and a COMMIT in a revision's SQL can't be detected beforehand: see `run.rs`.
//!
//! Names refer to the first schema in the connection's `search_path`; `in_schema` puts another schema before it.

mod admin;
mod async_thread;
mod backup;
mod casts;
pub mod catalogs;
mod check;
mod client;
mod current_database;
mod error;
mod expression;
mod inspect;
mod lock;
mod lock_hints;
mod lock_watch;
mod named_objects;
mod normalize;
mod options;
mod pg_dump;
mod pooler;
mod resolve;
mod run;
mod sample_values;
mod schema_file;
mod scratch;
mod search_path;
mod session;
mod settings;
#[cfg(feature = "shared-session")]
mod shared;
mod shared_scratch;
mod sql;
mod statement_kind;
mod statements;
mod tls;
mod types;
mod unsupported;
mod url;
mod value;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use postgres::Transaction;

use crate::backend::{
    Access, Backend, Capabilities, CheckOutcome, ConnectionHook, CurrentDatabase, DatabaseAdmin,
    Exclusive, ObjectInfo, ScratchRequest, ScriptError, SearchPath, SessionMode, SharedScratch,
    Shown, StatementKind, TypeShape,
};
use crate::backup_driver::BackupDriver;
use crate::error::{DatabaseError, Error, OpError};
use crate::op::Op;
pub use client::PostgresClient;
use migrate_schema::ddl::{self, Dialect};
use migrate_schema::diff::DiffRules;
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Column, Schema, Type};
use migrate_schema::value::Value;
use session::PgSession;

/// The PostgreSQL backend; `op.connection()` returns a `&mut` [`postgres::Transaction`].
///
/// In a revision's SQL, write parameters as `?1`, as on the other databases, or as `$1`. Values are sent as text, and
/// the server converts them to the type that it expects, so a string can be a date, and an integer any numeric type.
///
/// While revisions run, the session's time zone is UTC. The session's settings are restored after each revision and at
/// the end.
///
/// With `M` = `Shared`, other clients of this program can join the session of a revision.
#[derive(Debug, Clone, Copy)]
pub struct Postgres<M = Exclusive>(PhantomData<M>);

/// The same, in sessions that other clients of this program can join at the URL that [`Op::session_url`] returns.
#[cfg(feature = "shared-session")]
pub type SharedPostgres = Postgres<super::Shared>;

struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn placeholder(&self, number: usize) -> String {
        format!("${number}")
    }

    fn type_name(&self, data_type: &Type) -> String {
        types::to_sql(data_type)
    }

    fn string_literal(&self, text: &str) -> String {
        literal(text)
    }

    fn blob_literal(&self, bytes: &[u8]) -> String {
        format!("decode('{}', 'hex')", ddl::hex(bytes))
    }

    fn non_finite_float(&self, number: f64) -> String {
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

impl<M: SessionMode> Backend for Postgres<M> {
    type Client = PostgresClient;
    type Reader<'c> = &'c mut PostgresClient;
    type Session<'t> = PgSession<'t>;
    type Connection<'c, 't>
        = &'c mut Transaction<'t>
    where
        't: 'c;
    type Run<'c> = run::PgRun<'c, M>;

    const CAPABILITIES: Capabilities = Capabilities::new()
        .with_session_lock()
        .with_error_aborting_transaction()
        .with_letter_case()
        .with_lock_retry()
        .with_schemas();

    const RULES: DiffRules = DiffRules::new()
        .with_views_recreated_on_retype()
        .with_index_rename()
        .with_duplicate_uniques()
        .with_expression_form(expression::form)
        .with_query_form(expression::normalize)
        .with_sequence_default(inspect::nextval)
        .with_ownership(statements::ownership)
        .with_casts(casts::cast)
        .with_given_schema("public");

    fn dialect() -> &'static dyn Dialect {
        &PostgresDialect
    }

    fn open(url: &OsStr, _: Access, wait: Duration) -> Result<Option<PostgresClient>, Error> {
        PostgresClient::open(url, wait, M::SHARING).map(Some)
    }

    fn database_admin(url: &OsStr, wait: Duration) -> Result<Box<dyn DatabaseAdmin>, Error> {
        Ok(Box::new(admin::ServerDatabase::new(url, wait)?))
    }

    fn backup_driver(
        url: &OsStr,
        wait: Duration,
        table: &'static str,
        _: ConnectionHook<Self>,
    ) -> Result<Box<dyn BackupDriver>, Error> {
        backup::driver(url, wait, table)
    }

    fn scratch(scratch_server: Option<&OsStr>) -> Result<PostgresClient, Error> {
        PostgresClient::scratch(scratch_server, M::SHARING)
    }

    fn shared_scratch(request: &ScratchRequest<'_, Self>) -> Result<SharedScratch<Self>, Error> {
        shared_scratch::create(request)
    }

    fn scratch_of(
        copy: &Path,
        scratch_server: Option<&OsStr>,
        wait: Duration,
    ) -> Result<PostgresClient, Error> {
        backup::scratch_of(copy, scratch_server, wait, M::SHARING)
    }

    fn begin_run<'c>(
        client: &'c mut PostgresClient,
        wait: Duration,
        table: &str,
    ) -> Result<run::PgRun<'c, M>, Error> {
        run::PgRun::begin_run(client, wait, table)
    }

    fn reader(client: &mut PostgresClient) -> &mut PostgresClient {
        client
    }

    fn read<R>(
        client: &mut PostgresClient,
        _: Duration,
        work: impl FnOnce(&mut Op<'_, Self>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        run::read(client, work)
    }

    fn current_database(session: &mut PgSession<'_>) -> Result<CurrentDatabase, DatabaseError> {
        current_database::of(session)
    }

    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't> {
        session.rows_changed = true;
        &mut session.transaction
    }

    fn execute(
        session: &mut PgSession<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        session.execute(sql, params)
    }

    fn execute_internal(
        session: &mut PgSession<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        session.execute_internal(sql, params)
    }

    fn execute_batch(session: &mut PgSession<'_>, sql: &str) -> Result<u32, ScriptError> {
        session.execute_batch(sql)
    }

    fn statements(sql: &str) -> Vec<(&str, StatementKind)> {
        let statements = sql::statements(sql).into_iter();
        statements
            .map(|statement| (statement, statement_kind::classify(statement)))
            .collect()
    }

    fn statements_of_schema(sql: &str) -> Vec<(usize, Cow<'_, str>)> {
        schema_file::statements(sql)
    }

    fn invalid_indexes(session: &mut PgSession<'_>) -> Result<Vec<String>, DatabaseError> {
        inspect::invalid_indexes(&mut session.transaction)
            .map_err(|error| error::from_driver(&error))
    }

    fn shown(session: &mut PgSession<'_>, sql: &str) -> Result<Vec<Shown>, DatabaseError> {
        named_objects::by(&mut session.transaction, sql).map_err(|error| error::from_driver(&error))
    }

    fn query(
        session: &mut PgSession<'_>,
        sql: &str,
        params: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        session.query(sql, params, row)
    }

    fn check(session: &mut PgSession<'_>, operation: &Operation) -> Result<CheckOutcome, OpError> {
        check::check(session, operation)
    }

    fn resolve(session: &mut PgSession<'_>, operation: Operation) -> Result<Operation, OpError> {
        resolve::resolve(session, operation)
    }

    fn blocking_hint(operation: &Operation) -> Option<&'static str> {
        lock_hints::workaround(operation)
    }

    fn search_path(session: &mut PgSession<'_>, name: &str) -> Result<SearchPath, OpError> {
        search_path::to(&mut session.transaction, name)
    }

    fn reset_session(session: &mut PgSession<'_>) -> Result<(), DatabaseError> {
        session.reset_session()
    }

    fn downcast_error(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        error
            .downcast_ref::<postgres::Error>()
            .map(error::from_driver)
    }

    fn normalize(schema: Schema) -> Schema {
        normalize::schema(schema)
    }

    fn inspect(session: &mut PgSession<'_>, except: Option<&str>) -> Result<Schema, DatabaseError> {
        // A version table in a schema of its own is here if that schema is this one.
        let except = match except.and_then(|table| table.split_once('.')) {
            Some((schema, table)) => (session.home.schema().ok() == Some(schema)).then_some(table),
            None => except,
        };
        inspect::schema(&mut session.transaction, except)
            .map_err(|error| error::from_driver(&error))
    }

    fn inspect_others(
        session: &mut PgSession<'_>,
        schema: &mut Schema,
        names: &[&str],
        except: &str,
    ) -> Result<(), DatabaseError> {
        let home = session.home.schema()?.to_owned();
        inspect::others(&mut session.transaction, schema, &home, names, except)
            .map_err(|error| error::from_driver(&error))
    }

    fn inspect_named(
        session: &mut PgSession<'_>,
        names: &[String],
    ) -> Result<Schema, DatabaseError> {
        let named = inspect::modelled(&mut session.transaction, Some(names));
        named.map_err(|error| error::from_driver(&error))
    }

    fn by_itself(mut schema: Schema) -> Schema {
        let mut tables = std::mem::take(&mut schema.tables);
        for table in &mut tables {
            inspect::numbered(table, &schema);
        }
        schema.tables = tables;
        schema.others = std::mem::take(&mut schema.others)
            .into_iter()
            .map(|(name, other)| (name, Self::by_itself(other)))
            .collect();
        schema
    }

    fn comparable(column: &Column) -> String {
        sample_values::comparable(column)
    }

    fn set_text_format(session: &mut PgSession<'_>) -> Result<(), DatabaseError> {
        sample_values::set_text_format(&mut session.transaction)
            .map_err(|error| error::from_driver(&error))
    }

    fn type_shape(
        session: &mut PgSession<'_>,
        data_type: &Type,
    ) -> Result<TypeShape, DatabaseError> {
        sample_values::shape(&mut session.transaction, data_type)
            .map_err(|error| error::from_driver(&error))
    }

    fn made_up(data_type: &str, number: u32) -> Option<Value> {
        sample_values::value(data_type, number)
    }

    fn tables(session: &mut PgSession<'_>) -> Result<Vec<String>, DatabaseError> {
        inspect::tables(&mut session.transaction).map_err(|error| error::from_driver(&error))
    }

    fn columns(session: &mut PgSession<'_>, table: &str) -> Result<Vec<Column>, DatabaseError> {
        let columns = inspect::columns(&mut session.transaction, Some(&[table.to_owned()]));
        let columns = columns.map_err(|error| error::from_driver(&error))?;
        Ok(columns.into_iter().map(|(_, column)| column).collect())
    }

    fn home<'s>(session: &'s PgSession<'_>) -> Result<Option<&'s str>, DatabaseError> {
        session.home.schema().map(Some)
    }

    fn describe_object(
        session: &mut PgSession<'_>,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<ObjectInfo>, DatabaseError> {
        let home = session.home.schema();
        let is_home = schema.is_none() || schema == home.as_deref().ok();
        let schema = schema.map_or(home, Ok)?;
        let found = inspect::describe_object(&mut session.transaction, schema, table)
            .map_err(|error| error::from_driver(&error))?;
        if found.is_none() && is_home {
            session.home.refuse_other(&mut session.transaction, table)?;
        }
        Ok(found)
    }
}

/// Returns a string literal that is valid however the session treats backslashes.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
