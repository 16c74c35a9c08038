//! The SQLite backend, based on rusqlite.
//!
//! SQLite can't change a column's type, default or constraints in place, or add a column that is a key or a stored
//! generated column (<https://www.sqlite.org/lang_altertable.html>). Such an operation rebuilds the table and keeps
//! everything that belongs to it. DDL is transactional, so a revision and its row are committed together.

mod admin;
mod alter;
mod backup;
mod check;
mod current_database;
mod definition;
mod driver;
mod duplicate_values;
mod error;
mod expression;
mod guard;
mod inspect;
mod keywords;
mod normalize;
mod open;
mod rebuild;
mod run;
mod shared_scratch;
mod single_statement;
mod statement_kind;
#[cfg(test)]
mod tests;
mod unregistered;
mod unsupported;
mod url;
mod value;
mod virtual_table;

use std::borrow::{Borrow as _, BorrowMut as _, Cow};
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

// In older versions of rusqlite, `Batch::next` is an inherent method.
#[allow(unused_imports)]
use fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, Statement};

use crate::backend::{
    Access, Backend, Capabilities, CheckOutcome, ConnectionHook, CurrentDatabase, DatabaseAdmin,
    Execute, ObjectInfo, ScratchRequest, ScriptError, SharedScratch, StatementKind, VirtualTables,
};
use crate::backup_driver::BackupDriver;
use crate::error::{DatabaseError, Error, OpError};
use crate::op::Op;
use crate::rows::ValueRef;
pub use driver::{Rusqlite, SqliteDriver};
use error::{from_driver, with_connection};
use migrate_schema::ddl::{CommentSyntax, Dialect};
use migrate_schema::diff::DiffRules;
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Column, Schema, Type};
use migrate_schema::value::Value;
use value::Parameter;

/// The SQLite backend; `op.connection()` returns a [`rusqlite::Connection`].
///
/// While revisions run, this crate's own authorizer is set on the connection. It refuses statements that would end the
/// transaction of a revision. An authorizer of the application is not restored afterwards; set it again.
///
/// `D` is the library that opens the connection: rusqlite, or another one whose connection revisions then share.
#[derive(Debug, Clone, Copy)]
pub struct Sqlite<D = Rusqlite>(PhantomData<D>);

struct SqliteDialect;

impl Dialect for SqliteDialect {
    fn identifier(&self, name: &str) -> String {
        if keywords::is_plain(name) {
            name.to_owned()
        } else {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
    }

    // SQLite reads an unknown double-quoted name as a string, and would index that string.
    fn column_in_index(&self, name: &str) -> String {
        if keywords::is_plain(name) {
            name.to_owned()
        } else {
            format!("`{}`", name.replace('`', "``"))
        }
    }

    fn placeholder(&self, number: usize) -> String {
        format!("?{number}")
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }

    fn type_name(&self, data_type: &Type) -> String {
        match data_type {
            // With these type names, SQLite would convert strings that look like numbers.
            Type::Uuid => "CHAR(36)".to_owned(),
            Type::Enum(_) => "TEXT".to_owned(),
            other => other.to_string(),
        }
    }

    fn autoincrement(&self) -> &'static str {
        " AUTOINCREMENT"
    }

    fn comment_syntax(&self) -> CommentSyntax {
        CommentSyntax::Unsupported
    }

    fn statements(&self, operation: &Operation) -> Option<Vec<String>> {
        match operation {
            Operation::DropTrigger(op) => {
                Some(vec![format!("DROP TRIGGER {}", self.identifier(&op.name))])
            }
            // SQLite treats names that differ only in case as the same name.
            Operation::RenameTable(op)
                if op.from != op.to && op.from.eq_ignore_ascii_case(&op.to) =>
            {
                let between = format!("_migrate_rename_{}", op.to);
                let rename = |from: &str, to: &str| {
                    let (from, to) = (self.identifier(from), self.identifier(to));
                    format!("ALTER TABLE {from} RENAME TO {to}")
                };
                Some(vec![rename(&op.from, &between), rename(&between, &op.to)])
            }
            _ => None,
        }
    }
}

impl<D: SqliteDriver> Backend for Sqlite<D> {
    type Client = D::Client;
    type Reader<'c> = &'c Connection;
    type Session<'t> = &'t Connection;
    type Connection<'c, 't>
        = &'c Connection
    where
        't: 'c;
    type Run<'c> = run::SqliteRun<'c, D>;

    const CAPABILITIES: Capabilities = Capabilities::new().with_batched_commits();

    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    const RULES: DiffRules = DiffRules::new()
        .with_foreign_key_cycles()
        .with_grouping_by_table()
        .with_foreign_keys_kept_on_retype()
        .with_case_insensitive_names()
        .with_constraint_names();

    fn dialect() -> &'static dyn Dialect {
        &SqliteDialect
    }

    fn open(url: &OsStr, access: Access, wait: Duration) -> Result<Option<D::Client>, Error> {
        open::open::<D>(url, access, wait)
    }

    fn database_admin(url: &OsStr, wait: Duration) -> Result<Box<dyn DatabaseAdmin>, Error> {
        Ok(Box::new(admin::DatabaseFile::new(url, wait)?))
    }

    fn outlives_client(client: &mut D::Client) -> bool {
        current_database::file((*client).borrow()).is_some()
    }

    fn backup_driver(
        url: &OsStr,
        wait: Duration,
        table: &'static str,
        hook: ConnectionHook<Self>,
    ) -> Result<Box<dyn BackupDriver>, Error> {
        backup::driver(url, wait, table, hook.of_backend())
    }

    fn scratch(_: Option<&OsStr>) -> Result<D::Client, Error> {
        D::open(Path::new(":memory:"), None)
            .map_err(|error| Error::database("can't open a scratch database", error))
    }

    fn shared_scratch(request: &ScratchRequest<'_, Self>) -> Result<SharedScratch<Self>, Error> {
        shared_scratch::create(request)
    }

    fn scratch_of(copy: &Path, _: Option<&OsStr>, wait: Duration) -> Result<D::Client, Error> {
        backup::scratch_of::<D>(copy, wait)
    }

    fn begin_run<'c>(
        client: &'c mut D::Client,
        wait: Duration,
        _: &str,
    ) -> Result<run::SqliteRun<'c, D>, Error> {
        run::SqliteRun::begin_run(client.borrow_mut(), wait)
    }

    fn reader(client: &mut D::Client) -> &Connection {
        (*client).borrow()
    }

    fn read<R>(
        client: &Connection,
        wait: Duration,
        work: impl FnOnce(&mut Op<'_, Self>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        run::read(client, wait, work)
    }

    fn current_database(session: &mut &Connection) -> Result<CurrentDatabase, DatabaseError> {
        Ok(current_database::of(session))
    }

    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't> {
        session
    }

    fn execute(
        session: &mut &Connection,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        let done = guard::guarded(session, sql, || {
            let mut statement =
                single_statement::prepare(session, sql).map_err(with_connection(session))?;
            let rows = drain(&mut statement, params).map_err(with_connection(session))?;
            // Statements that return rows do not report changed rows.
            Ok::<_, DatabaseError>(if rows > 0 { rows } else { session.changes() })
        });
        done.map(Option::unwrap_or_default)
    }

    fn execute_batch(session: &mut &Connection, sql: &str) -> Result<u32, ScriptError> {
        if !guard::may_reach(sql) {
            return batch(session, sql);
        }
        let mut before = 0;
        for (own, _) in statement_kind::statements(sql) {
            let done = guard::guarded(session, own, || batch(session, own));
            let done = done.map_err(|mut error: ScriptError| {
                if error.sql.is_empty() {
                    error.sql = own.to_owned();
                }
                error.before += before;
                error
            })?;
            before += done.unwrap_or(1);
        }
        Ok(before)
    }

    fn statements(sql: &str) -> Vec<(&str, StatementKind)> {
        statement_kind::statements(sql)
    }

    fn query(
        session: &mut &Connection,
        sql: &str,
        params: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError> {
        let mut found = Vec::new();
        if guard::reach(sql) == guard::Reach::Own && !guard::alters(sql) {
            return rows(session, sql, params, row).map_err(with_connection(session));
        }
        // The query may run twice; only the rows of its last run count.
        guard::guarded(session, sql, || {
            found.clear();
            rows(session, sql, params, &mut |values| found.push(values))
                .map_err(with_connection(session))
        })?;
        found.into_iter().for_each(row);
        Ok(())
    }

    fn query_ref(
        session: &mut &Connection,
        sql: &str,
        params: &[ValueRef<'_>],
        row: &mut dyn FnMut(&[ValueRef<'_>]),
    ) -> Result<(), DatabaseError> {
        value::query_ref(session, sql, params, row).map_err(with_connection(session))
    }

    fn execute_ref(
        session: &mut &Connection,
        sql: &str,
        params: &[ValueRef<'_>],
    ) -> Result<u64, DatabaseError> {
        let mut statement =
            single_statement::prepare(session, sql).map_err(with_connection(session))?;
        let rows = drain(&mut statement, params).map_err(with_connection(session))?;
        Ok(if rows > 0 { rows } else { session.changes() })
    }

    fn with_prepared(
        session: &mut &Connection,
        sql: &str,
        work: &mut dyn FnMut(&mut Execute<'_>),
    ) -> Result<(), DatabaseError> {
        let mut statement =
            single_statement::prepare(session, sql).map_err(with_connection(session))?;
        work(&mut |params| {
            let rows = drain(&mut statement, params).map_err(with_connection(session))?;
            Ok(if rows > 0 { rows } else { session.changes() })
        });
        Ok(())
    }

    fn query_text(
        session: &mut &Connection,
        sql: &str,
        row: &mut dyn FnMut(&[&str]),
    ) -> Result<(), DatabaseError> {
        query_text(session, sql, row).map_err(with_connection(session))
    }

    fn check(session: &mut &Connection, operation: &Operation) -> Result<CheckOutcome, OpError> {
        check::check(session, operation)
    }

    fn can_combine(operations: &[Operation]) -> bool {
        alter::can_combine(operations)
    }

    fn alter_table(
        session: &mut &Connection,
        operations: &[Operation],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u32, OpError> {
        alter::run(session, operations, progress)
    }

    fn improve_error(session: &mut &Connection, operation: &Operation, error: OpError) -> OpError {
        duplicate_values::improve_error(session, operation, error)
    }

    fn normalize(schema: Schema) -> Schema {
        normalize::schema(schema)
    }

    fn rewrites(operation: &Operation) -> bool {
        matches!(operation, Operation::DropColumn(_))
    }

    fn by_itself(schema: Schema) -> Schema {
        // A foreign key without referenced columns is written without them.
        let written = Some(Box::new(schema.clone()));
        Schema { written, ..schema }
    }

    fn exact(schema: Schema) -> Schema {
        normalize::exact(schema)
    }

    fn statements_of_schema(sql: &str) -> Vec<(usize, Cow<'_, str>)> {
        statement_kind::of_schema(sql)
    }

    fn preview_sql(session: &mut &Connection, operations: &[Operation]) -> Option<Vec<String>> {
        alter::preview_sql(session, operations)
    }

    fn inspect(session: &mut &Connection, except: Option<&str>) -> Result<Schema, DatabaseError> {
        inspect::schema(session, except).map_err(|error| from_driver(&error))
    }

    fn code_error(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        error::locked_by_the_revision(error)
    }

    fn reset_session(session: &mut &Connection) -> Result<(), DatabaseError> {
        guard::reset_session(session)
    }

    fn virtual_tables(session: &mut &Connection) -> Result<VirtualTables, DatabaseError> {
        virtual_table::all(session).map_err(|error| from_driver(&error))
    }

    fn application_settings(session: &mut &Connection) -> Result<Vec<String>, DatabaseError> {
        inspect::application_settings(session).map_err(|error| from_driver(&error))
    }

    fn tables(session: &mut &Connection) -> Result<Vec<String>, DatabaseError> {
        inspect::tables(session).map_err(|error| from_driver(&error))
    }

    fn columns(session: &mut &Connection, table: &str) -> Result<Vec<Column>, DatabaseError> {
        inspect::columns(session, table).map_err(|error| from_driver(&error))
    }

    fn describe_object(
        session: &mut &Connection,
        _: Option<&str>,
        table: &str,
    ) -> Result<Option<ObjectInfo>, DatabaseError> {
        inspect::describe_object(session, table).map_err(|error| from_driver(&error))
    }
}

/// Runs the statements of a script and returns how many there were.
fn batch(session: &Connection, sql: &str) -> Result<u32, ScriptError> {
    let mut batch = Batch::new(session, sql);
    let mut before = 0;
    loop {
        match batch.next() {
            Ok(None) => return Ok(before),
            Ok(Some(mut statement)) => {
                drain(&mut statement, &[] as &[Value]).map_err(|error| ScriptError {
                    before,
                    sql: statement.expanded_sql().unwrap_or_else(|| sql.to_owned()),
                    source: with_connection(session)(error),
                })?;
                before += 1;
            }
            Err(error) => {
                let rest = error::input(&error).unwrap_or(sql).to_owned();
                return Err(ScriptError {
                    before,
                    sql: rest,
                    source: with_connection(session)(error),
                });
            }
        }
    }
}

/// Runs a statement to its end and returns the number of rows that it returned.
fn drain(statement: &mut Statement<'_>, params: &[impl Parameter]) -> rusqlite::Result<u64> {
    let mut rows = statement.query(rusqlite::params_from_iter(
        params.iter().map(Parameter::bound),
    ))?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn rows(
    session: &Connection,
    sql: &str,
    params: &[Value],
    each: &mut dyn FnMut(Vec<Value>),
) -> rusqlite::Result<()> {
    let mut statement = single_statement::prepare(session, sql)?;
    let width = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(
        params.iter().map(Parameter::bound),
    ))?;
    while let Some(row) = rows.next()? {
        each(
            (0..width)
                .map(|at| value::value(row, at))
                .collect::<rusqlite::Result<_>>()?,
        );
    }
    Ok(())
}

fn query_text(
    session: &Connection,
    sql: &str,
    each: &mut dyn FnMut(&[&str]),
) -> rusqlite::Result<()> {
    let mut statement = single_statement::prepare(session, sql)?;
    let mut texts = [""; MAX_TEXT_COLUMNS];
    let width = statement.column_count().min(MAX_TEXT_COLUMNS);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for (at, text) in texts[..width].iter_mut().enumerate() {
            *text = row.get_ref(at)?.as_str().unwrap_or_default();
        }
        each(&texts[..width]);
        texts = [""; MAX_TEXT_COLUMNS];
    }
    Ok(())
}

/// The maximum number of columns that [`query_text`] passes on.
const MAX_TEXT_COLUMNS: usize = 4;
