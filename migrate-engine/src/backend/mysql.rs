//! The MariaDB and MySQL backend, based on the mysql crate.
//!
//! MariaDB and MySQL can't roll back a schema change (<https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html>),
//! index only a part of the rows, check a foreign key at the commit, or convert values with an expression when a column
//! changes its type. MariaDB can't index expressions. Such an operation is refused before anything runs, with a
//! workaround.
//!
//! A statement that changes the schema commits the work before it, so several changes of one table are one statement,
//! which runs completely or not at all. The family and version of the server are read at the start; `server.rs`
//! contains what depends on them.
//!
//! Names refer to the database that the connection uses.

mod account;
mod admin;
mod alter;
mod backup;
mod check;
mod client;
mod constraint;
mod current_database;
mod definition;
mod error;
mod expression;
mod inspect;
mod key_names;
mod lock;
mod lock_watch;
mod lossy_metadata;
mod named_objects;
mod natives;
mod normalize;
mod qualifier;
mod reserved;
mod restore_marker;
mod run;
mod sample_values;
mod schema_file;
mod scratch;
mod server;
mod session;
mod settings;
#[cfg(feature = "shared-session")]
mod shared;
mod shared_scratch;
mod show_create;
mod sql;
mod tls;
mod triggers;
mod types;
mod url;
mod value;
mod views;
mod write;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use mysql::Conn;

use crate::backend::{
    Access, Backend, Capabilities, CheckOutcome, ConnectionHook, CurrentDatabase, DatabaseAdmin,
    Exclusive, ObjectInfo, ScratchRequest, ScriptError, SessionMode, SharedScratch, Shown,
    StatementKind,
};
use crate::backup_driver::BackupDriver;
use crate::error::{DatabaseError, Error, OpError};
use crate::op::Op;
pub use client::MysqlClient;
use migrate_schema::ddl::{CommentSyntax, Dialect, RowComparison};
use migrate_schema::diff::DiffRules;
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Column, Schema, Type};
use migrate_schema::value::Value;
use session::MysqlSession;

/// The MariaDB and MySQL backend; `op.connection()` returns a `&mut` [`mysql::Conn`].
///
/// In a revision's SQL, write parameters as `?1`, as on the other databases, or as `?`.
///
/// While revisions run, the session uses strict SQL mode, the UTC time zone and the `utf8mb4` character set, whatever
/// the server's defaults are. The session's own settings are restored after each revision and at the end.
///
/// With `M` = `Shared`, other clients of this program can join the session of a revision.
#[derive(Debug, Clone, Copy)]
pub struct Mysql<M = Exclusive>(PhantomData<M>);

/// The same, in sessions that other clients of this program can join at the URL that [`Op::session_url`] returns.
#[cfg(feature = "shared-session")]
pub type SharedMysql = Mysql<super::Shared>;

struct MysqlDialect;

impl Dialect for MysqlDialect {
    fn identifier(&self, name: &str) -> String {
        identifier(name)
    }

    fn placeholder(&self, number: usize) -> String {
        format!("?{number}")
    }

    fn insert_defaults(&self) -> &'static str {
        "() VALUES ()"
    }

    // The server would read a whole index to find the rows after `(a, b) > (1, 2)`.
    fn row_comparison(&self) -> RowComparison {
        RowComparison::Expanded
    }

    fn type_name(&self, data_type: &Type) -> String {
        types::to_sql(data_type)
    }

    fn string_literal(&self, text: &str) -> String {
        literal(text)
    }

    fn autoincrement(&self) -> &'static str {
        " AUTO_INCREMENT"
    }

    fn drop_index(&self, table: &str, name: &str) -> String {
        format!("DROP INDEX {} ON {}", identifier(name), identifier(table))
    }

    fn concurrent_keyword(&self) -> &'static str {
        ""
    }

    fn internal_table_options(&self) -> Option<&'static str> {
        Some("ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    }

    fn comment_syntax(&self) -> CommentSyntax {
        CommentSyntax::Inline
    }
}

impl<M: SessionMode> Backend for Mysql<M> {
    type Client = MysqlClient;
    type Reader<'c> = &'c mut MysqlClient;
    type Session<'t> = MysqlSession<'t>;
    type Connection<'c, 't>
        = &'c mut Conn
    where
        't: 'c;
    type Run<'c> = run::MysqlRun<'c, M>;

    const CAPABILITIES: Capabilities = Capabilities::new()
        .with_session_lock()
        .without_transactional_ddl();

    const RULES: DiffRules = DiffRules::new()
        .with_grouping_by_table()
        .with_backticks()
        .with_duplicate_uniques()
        .with_constraint_names_per_table()
        .with_column_positions()
        .with_trigger_form(sql::uniform)
        .with_foreign_keys_named_after_tables(inspect::KEY_LABEL, normalize::LONGEST);

    fn dialect() -> &'static dyn Dialect {
        &MysqlDialect
    }

    fn open(url: &OsStr, _: Access, wait: Duration) -> Result<Option<MysqlClient>, Error> {
        MysqlClient::open(url, wait, M::SHARING).map(Some)
    }

    fn scratch(scratch_server: Option<&OsStr>) -> Result<MysqlClient, Error> {
        MysqlClient::scratch(scratch_server, M::SHARING)
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

    fn shared_scratch(request: &ScratchRequest<'_, Self>) -> Result<SharedScratch<Self>, Error> {
        shared_scratch::create(request)
    }

    fn scratch_of(
        copy: &Path,
        scratch_server: Option<&OsStr>,
        wait: Duration,
    ) -> Result<MysqlClient, Error> {
        backup::scratch_of(copy, scratch_server, wait, M::SHARING)
    }

    fn begin_run<'c>(
        client: &'c mut MysqlClient,
        wait: Duration,
        table: &str,
    ) -> Result<run::MysqlRun<'c, M>, Error> {
        run::MysqlRun::begin_run(client, wait, table)
    }

    fn reader(client: &mut MysqlClient) -> &mut MysqlClient {
        client
    }

    fn read<R>(
        client: &mut MysqlClient,
        _: Duration,
        work: impl FnOnce(&mut Op<'_, Self>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        run::read(client, work)
    }

    fn current_database(session: &mut MysqlSession<'_>) -> Result<CurrentDatabase, DatabaseError> {
        current_database::of(session)
    }

    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't> {
        session.conn
    }

    fn execute(
        session: &mut MysqlSession<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        session.execute(sql, params)
    }

    fn execute_batch(session: &mut MysqlSession<'_>, sql: &str) -> Result<u32, ScriptError> {
        session.execute_batch(sql)
    }

    fn statements(sql: &str) -> Vec<(&str, StatementKind)> {
        let statements = sql::statements(sql).into_iter();
        statements
            .map(|statement| (statement, sql::statement_kind(statement)))
            .collect()
    }

    fn of_copy(mut schema: Schema) -> Schema {
        natives::all_stand(&mut schema.natives);
        schema
    }

    fn statements_of_schema(sql: &str) -> Vec<(usize, Cow<'_, str>)> {
        schema_file::statements(sql)
    }

    fn of_file(sql: &str, desired: Schema, built: &Schema) -> Schema {
        schema_file::beside(sql, desired, built)
    }

    fn shown(session: &mut MysqlSession<'_>, sql: &str) -> Result<Vec<Shown>, DatabaseError> {
        named_objects::by(session.conn, sql).map_err(|error| error::from_driver(&error))
    }

    fn query(
        session: &mut MysqlSession<'_>,
        sql: &str,
        params: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        session.query(sql, params, row)
    }

    fn query_text(
        session: &mut MysqlSession<'_>,
        sql: &str,
        row: &mut dyn FnMut(&[&str]),
    ) -> Result<(), DatabaseError> {
        session.query_text(sql, row)
    }

    fn check(
        session: &mut MysqlSession<'_>,
        operation: &Operation,
    ) -> Result<CheckOutcome, OpError> {
        check::check(session, &[], operation)
    }

    fn check_after(
        session: &mut MysqlSession<'_>,
        before: &[Operation],
        operation: &Operation,
    ) -> Result<CheckOutcome, OpError> {
        check::check(session, before, operation)
    }

    fn can_combine(operations: &[Operation]) -> bool {
        alter::is_one(operations)
    }

    fn alter_table(
        session: &mut MysqlSession<'_>,
        operations: &[Operation],
        _: &mut dyn FnMut(u64, u64),
    ) -> Result<u32, OpError> {
        alter::run(session, operations)
    }

    fn preview_sql(
        session: &mut MysqlSession<'_>,
        operations: &[Operation],
    ) -> Option<Vec<String>> {
        // If an operation has no SQL, it fails with its reason when it runs.
        alter::preview_sql(session, operations).ok()
    }

    fn reset_session(session: &mut MysqlSession<'_>) -> Result<(), DatabaseError> {
        session.reset_session()
    }

    fn downcast_error(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        error.downcast_ref::<mysql::Error>().map(error::from_driver)
    }

    fn normalize(schema: Schema) -> Schema {
        normalize::schema(schema)
    }

    fn dumped(operation: &Operation) -> Vec<String> {
        match operation {
            Operation::CreateTable(op) if op.native.is_empty() => {
                vec![write::create_table(None, &op.table, true)]
            }
            Operation::CreateIndex(op) => vec![write::create_index(op)],
            other => migrate_schema::ddl::statements(&MysqlDialect, other),
        }
    }

    fn for_a_client(statements: Vec<String>) -> Vec<String> {
        account::with_mode(statements)
    }

    fn ended(statement: &str) -> String {
        sql::ended(statement)
    }

    fn inspect(
        session: &mut MysqlSession<'_>,
        except: Option<&str>,
    ) -> Result<Schema, DatabaseError> {
        inspect::schema(session.conn, session.server, except)
            .map_err(|error| error::from_driver(&error))
    }

    fn inspect_named(
        session: &mut MysqlSession<'_>,
        names: &[String],
    ) -> Result<Schema, DatabaseError> {
        let named = inspect::named(session.conn, session.server, names);
        named.map_err(|error| error::from_driver(&error))
    }

    fn made_up(data_type: &str, number: u32) -> Option<Value> {
        sample_values::value(data_type, number)
    }

    fn tables(session: &mut MysqlSession<'_>) -> Result<Vec<String>, DatabaseError> {
        inspect::tables(session.conn).map_err(|error| error::from_driver(&error))
    }

    fn columns(session: &mut MysqlSession<'_>, table: &str) -> Result<Vec<Column>, DatabaseError> {
        let columns = inspect::columns(session.conn, session.server, Some(table));
        let columns = columns.map_err(|error| error::from_driver(&error))?;
        Ok(columns.into_iter().map(|(_, column)| column).collect())
    }

    fn describe_object(
        session: &mut MysqlSession<'_>,
        _: Option<&str>,
        table: &str,
    ) -> Result<Option<ObjectInfo>, DatabaseError> {
        inspect::describe_object(session.conn, table).map_err(|error| error::from_driver(&error))
    }
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Returns a string literal for the SQL mode that a run sets.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "''");
    // The command line client stops at this character.
    format!("'{}'", escaped.replace('\0', "\\0"))
}
