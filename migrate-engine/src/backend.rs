//! The [`Backend`] trait that every database implements, and the list of backends.
//!
//! A backend is self-contained: one file or folder, and one line in [`names`]. No other module refers to a backend by
//! name.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use crate::backup_driver::{BackupDriver, BackupError};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, OpError};
use crate::op::Op;
use crate::rows::ValueRef;
use migrate_schema::ddl::{self, Dialect};
use migrate_schema::diff::DiffRules;
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Column, Schema, Type};
use migrate_schema::value::Value;

mod capabilities;
mod current_database;
mod database_admin;
mod lock_watch;
#[cfg(feature = "mysql")]
mod mysql;
mod on_connect;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod own_ports;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(all(
    feature = "shared-session",
    any(feature = "mysql", feature = "postgres")
))]
mod proxy;
mod run;
#[cfg(all(
    feature = "tls",
    any(
        feature = "postgres",
        all(feature = "mysql", feature = "shared-session")
    )
))]
mod rustls;
mod session_mode;
mod shared_scratch;
#[cfg(feature = "postgres")]
pub use postgres::catalogs as postgres_catalogues;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod tls;
pub(crate) mod url;

pub use capabilities::Capabilities;
pub use current_database::CurrentDatabase;
pub use database_admin::DatabaseAdmin;
pub use lock_watch::{LockWatch, WaitingConnection};
pub use on_connect::{ConnectionHook, OnConnect};
#[cfg(all(
    feature = "shared-session",
    any(feature = "mysql", feature = "postgres")
))]
pub use proxy::SharedBackend;
pub use run::{MigrationRun, UnitError, UnitScope};
#[cfg(feature = "shared-session")]
pub use session_mode::Shared;
pub use session_mode::{Exclusive, SessionMode, Sharing};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use shared_scratch::COPY_ATTEMPTS;
pub use shared_scratch::{ScratchRequest, SharedScratch, Template};
#[cfg(feature = "sqlite")]
pub use sqlite::{Rusqlite, SqliteDriver};

/// The available backends, one line each.
pub mod names {
    #[cfg(all(feature = "mysql", feature = "shared-session"))]
    pub use super::mysql::SharedMysql;
    #[cfg(feature = "mysql")]
    pub use super::mysql::{Mysql, MysqlClient};
    #[cfg(all(feature = "postgres", feature = "shared-session"))]
    pub use super::postgres::SharedPostgres;
    #[cfg(feature = "postgres")]
    pub use super::postgres::{Postgres, PostgresClient};
    #[cfg(feature = "sqlite")]
    pub use super::sqlite::Sqlite;
}

/// A database that revisions run on.
///
/// `Op<B>` is generic over the backend, and [`Backend::Connection`] is the driver's own type, so you can pass
/// `op.connection()` directly to your application's functions.
pub trait Backend: Sized + 'static {
    /// The driver's connection or client, which the application opens and lends.
    type Client;
    /// A borrow of the client for reading; shared if the driver allows it.
    type Reader<'c>;
    /// The session that an [`Op`] holds while a revision runs.
    type Session<'t>;
    /// The connection that `op.connection()` returns.
    type Connection<'c, 't>
    where
        't: 'c;
    /// A client prepared to run revisions. Dropping it restores the client's previous state.
    type Run<'c>: MigrationRun<Self>;

    /// The capabilities of this database.
    const CAPABILITIES: Capabilities;

    /// The statement that begins a writing transaction.
    const BEGIN: &'static str = "BEGIN";

    /// The rules of this database for the order of operations that [`diff`](migrate_schema::diff::compute) finds.
    const RULES: DiffRules = DiffRules::new();

    /// Returns the SQL dialect of this database.
    fn dialect() -> &'static dyn Dialect;

    /// Opens the database that `url` names. With [`Access::Read`], nothing is ever written or created, and `None` means
    /// that the database does not exist yet. Statements wait up to `wait` for locks of other connections.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] if the URL is not one of this backend's, [`Error::Database`] if the database can't be opened.
    fn open(url: &OsStr, access: Access, wait: Duration) -> Result<Option<Self::Client>, Error>;

    /// Returns the database that `url` names as a whole, to create or drop it. It waits up to `wait` for the server.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] if the URL is not one of this backend's, or if this backend can't create databases.
    fn database_admin(url: &OsStr, wait: Duration) -> Result<Box<dyn DatabaseAdmin>, Error> {
        let _ = (url, wait);
        Err(Error::Url {
            url: "…".to_owned(),
            reason: "this backend can't create or drop a database".to_owned(),
            help: "use a program of the database".to_owned(),
        })
    }

    /// Returns whether the database still exists once this client is dropped.
    fn outlives_client(client: &mut Self::Client) -> bool {
        let _ = client;
        true
    }

    /// Opens an empty scratch database for trying revisions; it is removed when the client is dropped. If that needs a
    /// server, `MIGRATE_SCRATCH_URL` names it, else the database that `scratch_server` names, else `DATABASE_URL`. Scratch
    /// databases of killed processes on that server are removed first.
    ///
    /// # Errors
    ///
    /// [`Error::ScratchUnavailable`] if no server is named, [`Error::Database`] if the server can't create the database.
    fn scratch(scratch_server: Option<&OsStr>) -> Result<Self::Client, Error>;

    /// Creates a scratch database with a URL, so that other programs can open it: for a test, or for a command. The server
    /// is that of [`scratch`](Backend::scratch).
    ///
    /// # Errors
    ///
    /// As [`scratch`](Backend::scratch); [`Error::File`] if a file can't be written; the error of the template.
    fn shared_scratch(request: &ScratchRequest<'_, Self>) -> Result<SharedScratch<Self>, Error> {
        let _ = request;
        Err(Error::ScratchUnavailable {
            reason: "this backend has no scratch databases that other programs can open",
            help: "open a database yourself, and pass it to `upgrade`",
        })
    }

    /// Opens a scratch database as [`scratch`](Backend::scratch) does, with the contents of a copy that a
    /// [`backup_driver`](Backend::backup_driver) made.
    ///
    /// # Errors
    ///
    /// As [`scratch`](Backend::scratch); [`Error::Backup`] if the copy can't be loaded.
    fn scratch_of(
        copy: &Path,
        scratch_server: Option<&OsStr>,
        wait: Duration,
    ) -> Result<Self::Client, Error> {
        let _ = (copy, scratch_server, wait);
        Err(BackupError::unsupported().into())
    }

    /// Returns a driver that backs up the database that `url` names to a file, and restores it. It waits up to `wait`
    /// for locks; `table` is the version table, and `hook` prepares connections that read the whole copy.
    ///
    /// # Errors
    ///
    /// [`Error::Url`]; [`Error::Backup`] if the database can't be backed up.
    fn backup_driver(
        url: &OsStr,
        wait: Duration,
        table: &'static str,
        hook: ConnectionHook<Self>,
    ) -> Result<Box<dyn BackupDriver>, Error> {
        let _ = (url, wait, table, hook);
        Err(BackupError::unsupported().into())
    }

    /// Prepares a client for running or reading revisions. It waits up to `wait` for each lock. Applications with
    /// different version tables (`table` is the one of this application) do not wait for each other.
    ///
    /// # Errors
    ///
    /// [`Error::InTransaction`] if the application has a transaction open.
    fn begin_run<'c>(
        client: &'c mut Self::Client,
        wait: Duration,
        table: &str,
    ) -> Result<Self::Run<'c>, Error>;

    /// Borrows a client for reading.
    fn reader(client: &mut Self::Client) -> Self::Reader<'_>;

    /// Lends a client for reading only, as one consistent view.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] or [`Error::Database`] if reading fails.
    fn read<R>(
        client: Self::Reader<'_>,
        wait: Duration,
        work: impl FnOnce(&mut Op<'_, Self>) -> Result<R, Error>,
    ) -> Result<R, Error>;

    /// Returns the database of a session, for [`Op::database`].
    ///
    /// # Errors
    ///
    /// The database's error; also if this backend does not report its database.
    fn current_database(session: &mut Self::Session<'_>) -> Result<CurrentDatabase, DatabaseError> {
        let _ = session;
        let reason = "this backend does not report its database";
        Err(DatabaseError::new(DatabaseErrorKind::Other, reason))
    }

    /// Returns the driver's connection of a session.
    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't>;

    /// Runs one statement and returns the number of rows that it changed. Prepared statements are cached.
    ///
    /// # Errors
    ///
    /// The database's error; also if `sql` does not contain exactly one statement.
    fn execute(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError>;

    /// Like [`execute`](Backend::execute), for the records about a revision: strings and integers, in a table of this
    /// crate. A backend on a network should override it to need only one round trip.
    ///
    /// # Errors
    ///
    /// As [`execute`](Backend::execute).
    fn execute_internal(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        Self::execute(session, sql, params)
    }

    /// Runs the statements of `sql` in order and returns how many there were. Rows that they return are read and
    /// discarded.
    ///
    /// # Errors
    ///
    /// The statement that failed, and the database's error.
    fn execute_batch(session: &mut Self::Session<'_>, sql: &str) -> Result<u32, ScriptError>;

    /// Splits a script into its statements and returns the transaction behaviour of each. An unknown statement counts
    /// as [`StatementKind::TransactionControl`], after which a non-transactional revision does not record its steps.
    fn statements(sql: &str) -> Vec<(&str, StatementKind)> {
        vec![(sql, StatementKind::TransactionControl)]
    }

    /// Returns the names of invalid indexes, left by an interrupted statement that creates or drops an index.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn invalid_indexes(session: &mut Self::Session<'_>) -> Result<Vec<String>, DatabaseError> {
        let _ = session;
        Ok(Vec::new())
    }

    /// Returns the database's own description of the objects that a statement names, as far as an
    /// [inspection](Backend::inspect) may not include it. It is called before and after a statement outside a
    /// transaction.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn shown(session: &mut Self::Session<'_>, sql: &str) -> Result<Vec<Shown>, DatabaseError> {
        let _ = (session, sql);
        Ok(Vec::new())
    }

    /// Runs one query and passes each row to `row`.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn query(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError>;

    /// Runs one query and passes each row to `row`. Override it if the backend does not have to copy strings.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn query_ref(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[ValueRef<'_>],
        row: &mut dyn FnMut(&[ValueRef<'_>]),
    ) -> Result<(), DatabaseError> {
        let params: Vec<Value> = params.iter().cloned().map(ValueRef::into_value).collect();
        Self::query(session, sql, &params, &mut |values| {
            let cells: Vec<ValueRef<'_>> = values.iter().map(ValueRef::from).collect();
            row(&cells);
        })
    }

    /// Runs one statement and returns the number of rows that it changed, as [`execute`](Backend::execute) does.
    /// Override it if the backend does not have to copy strings.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn execute_ref(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[ValueRef<'_>],
    ) -> Result<u64, DatabaseError> {
        let params: Vec<Value> = params.iter().cloned().map(ValueRef::into_value).collect();
        Self::execute(session, sql, &params)
    }

    /// Prepares one statement and passes `work` a function that runs it with parameters and returns the number of rows
    /// that it changed. Override it if the backend does not have to look up the statement for each run.
    ///
    /// # Errors
    ///
    /// The database's error about the statement itself.
    fn with_prepared(
        session: &mut Self::Session<'_>,
        sql: &str,
        work: &mut dyn FnMut(&mut Execute<'_>),
    ) -> Result<(), DatabaseError> {
        work(&mut |params| Self::execute_ref(session, sql, params));
        Ok(())
    }

    /// Runs one query without parameters that returns few text columns, and passes each row to `row`; NULL becomes
    /// empty. Override it if the backend does not have to copy strings.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn query_text(
        session: &mut Self::Session<'_>,
        sql: &str,
        row: &mut dyn FnMut(&[&str]),
    ) -> Result<(), DatabaseError> {
        Self::query(session, sql, &[], &mut |values| {
            let cells: Vec<&str> = values
                .iter()
                .map(|value| value.as_str().unwrap_or_default())
                .collect();
            row(&cells);
        })
    }

    /// Checks whether `operation` can run, before any part of it runs. Returns `Ok(CheckOutcome::Skip)` if an `if_not_exists`
    /// or `if_exists` form has nothing to do.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] or [`OpError::Invalid`], with a workaround.
    fn check(
        session: &mut Self::Session<'_>,
        operation: &Operation,
    ) -> Result<CheckOutcome, OpError>;

    /// Checks whether `operation` can run if it is done [together](Backend::can_combine) with the operations `before` it,
    /// which have not run yet.
    ///
    /// # Errors
    ///
    /// As [`check`](Backend::check).
    fn check_after(
        session: &mut Self::Session<'_>,
        before: &[Operation],
        operation: &Operation,
    ) -> Result<CheckOutcome, OpError> {
        let _ = before;
        Self::check(session, operation)
    }

    /// Fills in details that must be read from the live database, such as the name of a constraint identified by its
    /// columns, or the full definition of a column that must be written as a whole.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if the object does not exist.
    fn resolve(
        session: &mut Self::Session<'_>,
        operation: Operation,
    ) -> Result<Operation, OpError> {
        let _ = session;
        Ok(operation)
    }

    /// Returns whether [`alter_table`](Backend::alter_table) runs operations on one table together, instead of one
    /// statement each.
    fn can_combine(operations: &[Operation]) -> bool {
        let _ = operations;
        false
    }

    /// Runs operations on one table together: all of them, or none on an error. Returns the number of steps. If rows
    /// are copied, `progress` receives the number of copied rows and the total from time to time.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] or [`OpError::Invalid`], with a workaround; [`OpError::Statement`] with the database's
    /// error.
    fn alter_table(
        session: &mut Self::Session<'_>,
        operations: &[Operation],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u32, OpError> {
        let _ = progress;
        let mut steps = 0;
        for sql in operations
            .iter()
            .flat_map(|operation| ddl::statements(Self::dialect(), operation))
        {
            steps += 1;
            Self::execute_batch(session, &sql).map_err(|error| OpError::Statement {
                number: steps,
                sql,
                source: error.source,
            })?;
        }
        Ok(steps)
    }

    /// Returns the statements of [`alter_table`](Backend::alter_table) for display, or `None` if statements alone can't
    /// express it.
    fn preview_sql(
        session: &mut Self::Session<'_>,
        operations: &[Operation],
    ) -> Option<Vec<String>> {
        let _ = session;
        let statements = operations
            .iter()
            .flat_map(|operation| ddl::statements(Self::dialect(), operation));
        Some(statements.collect())
    }

    /// Returns whether the statement for `operation` rewrites every row of the table.
    fn rewrites(operation: &Operation) -> bool {
        let _ = operation;
        false
    }

    /// Returns a workaround if `operation` blocks other connections while it processes existing rows.
    fn blocking_hint(operation: &Operation) -> Option<&'static str> {
        let _ = operation;
        None
    }

    /// Returns the statements that switch unqualified names to the schema `name` of the database, and back.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] if the database has no schemas, [`OpError::Invalid`] if this schema does not exist.
    fn search_path(session: &mut Self::Session<'_>, name: &str) -> Result<SearchPath, OpError> {
        let _ = session;
        Err(OpError::Unsupported {
            operation: format!("switch to the schema `{name}`"),
            reason: "this database has only one schema".to_owned(),
            help: "leave `in_schema` out, or write the revision for PostgreSQL only: `op: &mut Op<Postgres>`".to_owned(),
        })
    }

    /// Replaces the error of a failed statement of `operation` if this backend can explain it better than the database.
    fn improve_error(
        session: &mut Self::Session<'_>,
        operation: &Operation,
        error: OpError,
    ) -> OpError {
        let _ = (session, operation);
        error
    }

    /// Restores session settings that application code may have changed and that this crate's statements rely on.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn reset_session(session: &mut Self::Session<'_>) -> Result<(), DatabaseError> {
        let _ = session;
        Ok(())
    }

    /// Returns the database's error, if `error` is an error of its driver.
    fn downcast_error(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        let _ = error;
        None
    }

    /// Returns the error with which a revision's own code failed as the database's error, if this backend can explain it.
    /// By default it does if it is an error of its driver.
    fn code_error(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        Self::downcast_error(error)
    }

    /// Returns the schema as an inspection would return it once it is built. Constraints of columns become constraints
    /// of the table, constraints get the names that the database gives them, and types and defaults get the database's
    /// spelling.
    #[must_use]
    fn normalize(schema: Schema) -> Schema {
        schema
    }

    /// Returns the statements of an operation for a file, without access to a database.
    #[must_use]
    fn dumped(operation: &Operation) -> Vec<String> {
        migrate_schema::ddl::statements(Self::dialect(), operation)
    }

    /// Adds to the statements of a file those that set the session of the client that loads the file.
    #[must_use]
    fn for_a_client(statements: Vec<String>) -> Vec<String> {
        statements
    }

    /// Returns a statement with its terminator, as the database's command line client expects it.
    #[must_use]
    fn ended(statement: &str) -> String {
        let statement = statement.trim_end().trim_end_matches(';');
        // A comment at the end must not swallow the terminator.
        let last = statement.lines().last().unwrap_or_default();
        match last.contains("--") {
            true => format!("{statement}\n;"),
            false => format!("{statement};"),
        }
    }

    /// Returns the schema in a form that statements alone can build in an empty database, without anything that a run
    /// looks up.
    #[must_use]
    fn by_itself(schema: Schema) -> Schema {
        schema
    }

    /// Returns an inspected schema in the form that keeps every detail of the database. Models are compared in the form
    /// of [`normalize`](Backend::normalize), which may be less exact.
    #[must_use]
    fn exact(schema: Schema) -> Schema {
        Self::normalize(schema)
    }

    /// Returns the schema of a copy without the deliberate differences of [`scratch_of`](Backend::scratch_of).
    #[must_use]
    fn of_copy(schema: Schema) -> Schema {
        schema
    }

    /// Returns the statements of an SQL file that define a schema, each with its byte offset. Statements that only the
    /// database's own client writes are left out.
    #[must_use]
    fn statements_of_schema(sql: &str) -> Vec<(usize, Cow<'_, str>)> {
        vec![(0, Cow::Borrowed(sql))]
    }

    /// Returns the schema that an SQL file creates, for comparison with the one that the revisions build. It omits what
    /// the database's own dump program always writes.
    #[must_use]
    fn of_file(sql: &str, desired: Schema, built: &Schema) -> Schema {
        let _ = (sql, built);
        desired
    }

    /// Reads the whole schema, without the table `except`.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn inspect(
        session: &mut Self::Session<'_>,
        except: Option<&str>,
    ) -> Result<Schema, DatabaseError>;

    /// Reads further existing schemas of the database into those beside `schema`, with the dependencies between them.
    /// The table `except` is left out if it is in one of them: `ops.migrate_revisions`.
    ///
    /// # Errors
    ///
    /// The database's error; also if the database has no schemas.
    fn inspect_others(
        session: &mut Self::Session<'_>,
        schema: &mut Schema,
        names: &[&str],
        except: &str,
    ) -> Result<(), DatabaseError> {
        let _ = (session, schema, names, except);
        let reason = "this database has only one schema";
        Err(DatabaseError::new(DatabaseErrorKind::Other, reason))
    }

    /// Reads the tables and views of these names with the objects that belong to them, as [`inspect`](Backend::inspect)
    /// returns them. The result may contain other objects too.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn inspect_named(
        session: &mut Self::Session<'_>,
        names: &[String],
    ) -> Result<Schema, DatabaseError> {
        let _ = names;
        Self::inspect(session, None)
    }

    /// Reads which tables are virtual, and which tables store the data of virtual ones.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn virtual_tables(session: &mut Self::Session<'_>) -> Result<VirtualTables, DatabaseError> {
        let _ = session;
        Ok(VirtualTables::default())
    }

    /// Reads application settings that the database stores outside its schema, each as the statement that sets it. They
    /// are never compared, because the application changes them while it runs.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn application_settings(session: &mut Self::Session<'_>) -> Result<Vec<String>, DatabaseError> {
        let _ = session;
        Ok(Vec::new())
    }

    /// Returns the expression that reads a column to compare its values: as text if [`Value`] can't hold its type.
    fn comparable(column: &Column) -> String {
        Self::dialect().identifier(&column.name)
    }

    /// Makes the text form of values independent of the session's settings until its transaction ends.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn set_text_format(session: &mut Self::Session<'_>) -> Result<(), DatabaseError> {
        let _ = session;
        Ok(())
    }

    /// Returns the structure of a type in the database, for generating synthetic rows.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn type_shape(
        session: &mut Self::Session<'_>,
        data_type: &Type,
    ) -> Result<TypeShape, DatabaseError> {
        let _ = (session, data_type);
        Ok(TypeShape::Plain(data_type.clone()))
    }

    /// Returns the `number`-th synthetic value of a type that only this database has; `kind` is its name in lower case.
    fn made_up(kind: &str, number: u32) -> Option<Value> {
        let _ = (kind, number);
        None
    }

    /// Reads the names of the tables, sorted.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn tables(session: &mut Self::Session<'_>) -> Result<Vec<String>, DatabaseError>;

    /// Reads the columns of a table; empty if the table does not exist.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn columns(session: &mut Self::Session<'_>, table: &str) -> Result<Vec<Column>, DatabaseError>;

    /// Returns the schema of the session's unqualified names when the session began, regardless of later changes;
    /// `None` if the database has no schemas. Only this schema is searched for the version table.
    ///
    /// # Errors
    ///
    /// The reason why no schema can be determined.
    fn home<'s>(session: &'s Self::Session<'_>) -> Result<Option<&'s str>, DatabaseError> {
        let _ = session;
        Ok(None)
    }

    /// Describes the object that has the version table's name in this schema, if there is one.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn describe_object(
        session: &mut Self::Session<'_>,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<ObjectInfo>, DatabaseError>;
}

/// Runs a statement with parameters and returns the number of rows that it changed.
pub type Execute<'e> = dyn FnMut(&[ValueRef<'_>]) -> Result<u64, DatabaseError> + 'e;

/// The access with which a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading; nothing is written or created.
    Read,
    /// For reading and writing; created if it does not exist.
    Write,
    /// For reading and writing; not created: `None` means that the database does not exist yet.
    WriteExisting,
}

/// The behaviour of a statement with respect to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// The statement runs inside a transaction and is rolled back with it.
    Transactional,
    /// The statement commits the open transaction, or runs only if none is open. Running it again is harmless if the
    /// schema is as it was before the statement.
    NonTransactional,
    /// The statement runs code in the database (a procedure or block), which may do anything and may commit.
    MayCommit,
    /// The statement begins or ends a transaction, or takes locks that outlive one.
    TransactionControl,
    /// The statement only sets up the session: a new session needs it again.
    SessionSetting,
}

/// The database's own description of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its definition in the database's own text, or any string that distinguishes it from others.
    pub definition: String,
    /// The statement that removes it, if it is invalid because the statement that creates or drops it was interrupted.
    pub undo: Option<String>,
}

/// The result of the check of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The operation runs.
    Run,
    /// The object to create already exists, or the object to drop does not exist.
    Skip,
}

/// The statements that switch a session to another schema of its database, and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPath {
    /// The statement that switches to the schema.
    pub enter: String,
    /// The statement that restores the session.
    pub leave: String,
}

/// The tables of virtual table modules, whose rows must not be changed like those of other tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VirtualTables {
    /// The virtual tables, with the columns that a query can use.
    pub tables: Vec<(String, Vec<String>)>,
    /// The tables that store the data of the virtual tables.
    pub storage: Vec<String>,
}

impl VirtualTables {
    /// Returns whether a table is virtual, or the storage of a virtual table.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.storage.iter().any(|storage| storage == name)
            || self.tables.iter().any(|(table, _)| table == name)
    }
}

/// The structure of a type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeShape {
    /// A type that is known by its name.
    Plain(Type),
    /// A type with these values.
    Enum(Vec<String>),
    /// A domain: another type whose values satisfy conditions.
    Domain {
        /// The other type.
        base: Box<TypeShape>,
        /// The conditions, as the database writes them.
        checks: Vec<String>,
    },
    /// Any number of values of a type.
    Array(Box<TypeShape>),
    /// All values of a type between two bounds.
    Range(Box<TypeShape>),
    /// Any number of ranges.
    Multirange(Box<TypeShape>),
    /// A value of each of these types.
    Composite(Vec<TypeShape>),
}

/// A statement of a script that failed.
#[derive(Debug)]
pub struct ScriptError {
    /// The number of statements that ran before it.
    pub before: u32,
    /// The statement, or the script from that statement on.
    pub sql: String,
    /// The database's error.
    pub source: DatabaseError,
}

impl From<DatabaseError> for ScriptError {
    fn from(source: DatabaseError) -> ScriptError {
        ScriptError {
            before: 0,
            sql: String::new(),
            source,
        }
    }
}

/// The object with the name of the version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// `table`, `view`, `index` and so on.
    pub kind: String,
    /// Its columns, with whether each belongs to the primary key.
    pub columns: Vec<(String, bool)>,
    /// The triggers on it.
    pub triggers: Vec<String>,
}
