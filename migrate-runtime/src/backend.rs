//! What a database must answer to be migrated, and the list of those that can.
//!
//! Comes in: operations, statements and values. Goes out: rows, a schema, and errors in one shape. A backend is one file
//! (or a folder of the same few names) and one line in [`names`]; nothing outside of here and of its own files knows its
//! name.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use crate::backup::{BackupError, Copier};
use crate::ddl::{self, Dialect};
use crate::diff::Rules;
use crate::error::{DatabaseError, Error, OpError, Trouble};
use crate::handle::Op;
use crate::op::Operation;
use crate::rows::Cell;
use crate::schema::{Column, Schema, Type};
use crate::value::Value;

mod capabilities;
#[cfg(feature = "mysql")]
mod mysql;
mod on_connect;
#[cfg(feature = "postgres")]
mod postgres;
mod run;
#[cfg(feature = "postgres")]
pub use postgres::catalogues as postgres_catalogues;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod tls;
#[cfg(any(
    feature = "cli",
    feature = "mysql",
    feature = "postgres",
    feature = "sqlite"
))]
pub(crate) mod url;

pub use capabilities::Capabilities;
pub use on_connect::{ConnectionHook, OnConnect};
pub use run::{Run, Scope, UnitError};

/// The backends there are: one line each.
pub mod names {
    #[cfg(feature = "mysql")]
    pub use super::mysql::{Mysql, MysqlClient};
    #[cfg(feature = "postgres")]
    pub use super::postgres::{Postgres, PostgresClient};
    #[cfg(feature = "sqlite")]
    pub use super::sqlite::Sqlite;
}

/// A database that revisions run on.
///
/// `Op<B>` is typed by it, and [`Backend::Connection`] is the driver's own type, so an application's functions take
/// `op.connection()` as it is.
pub trait Backend: Sized + 'static {
    /// What the application opens and lends: the driver's connection or client.
    type Client;
    /// A borrow of the client that is enough for reading: shared where the driver allows it.
    type Reader<'c>;
    /// What an [`Op`] holds while a revision runs.
    type Session<'t>;
    /// What `op.connection()` gives.
    type Connection<'c, 't>
    where
        't: 'c;
    /// A client prepared to run revisions; dropping it gives the client back as it was.
    type Run<'c>: Run<Self>;

    /// What this database can do.
    const CAPABILITIES: Capabilities;

    /// The statement that begins a transaction which writes.
    const BEGIN: &'static str = "BEGIN";

    /// What this database needs of the order of operations that [`diff`](crate::diff::diff) finds.
    const RULES: Rules = Rules::new();

    /// Returns how this database spells statements.
    fn dialect() -> &'static dyn Dialect;

    /// Opens the database that `url` names. With [`Access::Read`] nothing is ever written or made, and `None` means that
    /// there is no database yet. Statements wait up to `wait` for locks of others.
    ///
    /// # Errors
    ///
    /// [`Error::Url`] if the URL is not one of this backend's, [`Error::Database`] if it can't be opened.
    fn open(url: &OsStr, access: Access, wait: Duration) -> Result<Option<Self::Client>, Error>;

    /// Opens an empty database to try revisions on, gone when it is dropped. Where that takes a server, it is the one of
    /// `MIGRATE_SCRATCH_URL`, else of the database that `near` names, else of `DATABASE_URL`; what a process that was
    /// killed left behind there goes first.
    ///
    /// # Errors
    ///
    /// [`Error::NoScratch`] if no server is named, [`Error::Database`] if it gives none.
    fn scratch(near: Option<&OsStr>) -> Result<Self::Client, Error>;

    /// Opens a database as [`scratch`](Backend::scratch) does, with what is in a copy that a
    /// [`copier`](Backend::copier) made.
    ///
    /// # Errors
    ///
    /// As [`scratch`](Backend::scratch); [`Error::Backup`] if the copy can't be put there.
    fn scratch_of(
        copy: &Path,
        near: Option<&OsStr>,
        wait: Duration,
    ) -> Result<Self::Client, Error> {
        let _ = (copy, near, wait);
        Err(BackupError::unsupported().into())
    }

    /// Says how the database that `url` names is copied to a file and put back. Locks are waited for up to `wait`; `table`
    /// is the version table, and `hook` prepares connections on which all of a copy is read.
    ///
    /// # Errors
    ///
    /// [`Error::Url`]; [`Error::Backup`] if it can't be backed up.
    fn copier(
        url: &OsStr,
        wait: Duration,
        table: &'static str,
        hook: ConnectionHook<Self>,
    ) -> Result<Box<dyn Copier>, Error> {
        let _ = (url, wait, table, hook);
        Err(BackupError::unsupported().into())
    }

    /// Prepares a client for running or reading revisions. Waits up to `wait` wherever a lock is met. Programs that use
    /// different version tables, of which `table` is this one's, need not wait for each other.
    ///
    /// # Errors
    ///
    /// [`Error::InTransaction`] if the application has a transaction open.
    fn start<'c>(
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

    /// Gives the driver's connection inside a session.
    fn connection<'c, 't>(session: &'c mut Self::Session<'t>) -> Self::Connection<'c, 't>;

    /// Runs one statement and returns how many rows it changed. Statements are kept prepared.
    ///
    /// # Errors
    ///
    /// What the database says; also if `sql` holds more or less than one statement.
    fn execute(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError>;

    /// As [`execute`](Backend::execute), for what is recorded about a revision: texts and whole numbers, in a table of this
    /// crate. A backend that is asked over a network answers it in one round trip.
    ///
    /// # Errors
    ///
    /// As [`execute`](Backend::execute).
    fn record(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Value],
    ) -> Result<u64, DatabaseError> {
        Self::execute(session, sql, params)
    }

    /// Runs the statements of `sql` one after the other and returns how many there were. Rows they give are read and
    /// left.
    ///
    /// # Errors
    ///
    /// The statement that failed, and what the database says.
    fn script(session: &mut Self::Session<'_>, sql: &str) -> Result<u32, ScriptError>;

    /// Splits a script into its statements, and tells how each stands to transactions. What is not known counts as
    /// [`Stands::Leaves`], after which a revision outside a transaction keeps no journal of its steps.
    fn statements(sql: &str) -> Vec<(&str, Stands)> {
        vec![(sql, Stands::Leaves)]
    }

    /// Returns the names of the indexes that are there and of no use, because a statement that makes or drops one was cut
    /// short.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn invalid_indexes(session: &mut Self::Session<'_>) -> Result<Vec<String>, DatabaseError> {
        let _ = session;
        Ok(Vec::new())
    }

    /// Returns what the database itself says of the things that a statement names, as far as an
    /// [inspection](Backend::inspect) may not show it: asked before and after a statement that no transaction holds.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn shown(session: &mut Self::Session<'_>, sql: &str) -> Result<Vec<Shown>, DatabaseError> {
        let _ = (session, sql);
        Ok(Vec::new())
    }

    /// Runs one query and hands over each row.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn query(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Value],
        row: &mut dyn FnMut(Vec<Value>),
    ) -> Result<(), DatabaseError>;

    /// Runs one query and hands over each row. A backend that need not copy the texts answers it itself.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn cells(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Cell<'_>],
        row: &mut dyn FnMut(&[Cell<'_>]),
    ) -> Result<(), DatabaseError> {
        let params: Vec<Value> = params.iter().cloned().map(Cell::into_value).collect();
        Self::query(session, sql, &params, &mut |values| {
            let cells: Vec<Cell<'_>> = values.iter().map(Cell::from).collect();
            row(&cells);
        })
    }

    /// Runs one statement and returns how many rows it changed, as [`execute`](Backend::execute) does. A backend that need
    /// not copy the texts answers it itself.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn execute_cells(
        session: &mut Self::Session<'_>,
        sql: &str,
        params: &[Cell<'_>],
    ) -> Result<u64, DatabaseError> {
        let params: Vec<Value> = params.iter().cloned().map(Cell::into_value).collect();
        Self::execute(session, sql, &params)
    }

    /// Lends one statement, to be run with any number of parameters; what it is run with is told how many rows it
    /// changed. A backend that need not look its statement up each time answers it itself.
    ///
    /// # Errors
    ///
    /// What the database says to the statement itself.
    fn prepared(
        session: &mut Self::Session<'_>,
        sql: &str,
        work: &mut dyn FnMut(&mut Execute<'_>),
    ) -> Result<(), DatabaseError> {
        work(&mut |params| Self::execute_cells(session, sql, params));
        Ok(())
    }

    /// Runs one query without parameters that gives few columns of text, and hands over each row; NULL is empty. A
    /// backend that need not copy the texts answers it itself.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn texts(
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

    /// Looks whether `operation` can run, before any of it does. `Ok(Verdict::Skip)` where an `if_missing` or
    /// `if_exists` form has nothing to do.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] or [`OpError::Invalid`], with the way round.
    fn check(session: &mut Self::Session<'_>, operation: &Operation) -> Result<Verdict, OpError>;

    /// Looks whether `operation` can run where it is done [together](Backend::together) with those `before` it, which have not
    /// run yet.
    ///
    /// # Errors
    ///
    /// As [`check`](Backend::check).
    fn check_after(
        session: &mut Self::Session<'_>,
        before: &[Operation],
        operation: &Operation,
    ) -> Result<Verdict, OpError> {
        let _ = before;
        Self::check(session, operation)
    }

    /// Returns an operation that can run with what only the live database tells filled in: the name of a constraint that is
    /// meant by what it is over, the definition of a column that has to be written again as a whole.
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if what it means is not there.
    fn resolve(
        session: &mut Self::Session<'_>,
        operation: Operation,
    ) -> Result<Operation, OpError> {
        let _ = session;
        Ok(operation)
    }

    /// Returns whether operations on one table are done together by [`alter_table`](Backend::alter_table), and not by a
    /// statement each.
    fn together(operations: &[Operation]) -> bool {
        let _ = operations;
        false
    }

    /// Does operations on one table together: all of them, or on an error none. Returns how many steps that took. Where
    /// rows are copied, `progress` hears now and then how many are, and of how many.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] or [`OpError::Invalid`], with the way round; [`OpError::Statement`] with what the database
    /// says.
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
            Self::script(session, &sql).map_err(|error| OpError::Statement {
                number: steps,
                sql,
                source: error.source,
            })?;
        }
        Ok(steps)
    }

    /// Returns the statements of [`alter_table`](Backend::alter_table), for people; `None` where it does more than
    /// statements can say.
    fn spell(session: &mut Self::Session<'_>, operations: &[Operation]) -> Option<Vec<String>> {
        let _ = session;
        let statements = operations
            .iter()
            .flat_map(|operation| ddl::statements(Self::dialect(), operation));
        Some(statements.collect())
    }

    /// Returns whether the statement that does `operation` writes every row of the table again.
    fn rewrites(operation: &Operation) -> bool {
        let _ = operation;
        false
    }

    /// Returns a way round, if `operation` on a table with rows makes other connections wait for as long as that takes.
    fn stops_others(operation: &Operation) -> Option<&'static str> {
        let _ = operation;
        None
    }

    /// Returns the statements after which names belong to the schema `name` of the database, and those that put it back.
    ///
    /// # Errors
    ///
    /// [`OpError::Unsupported`] where a database has no schemas, [`OpError::Invalid`] if this one is not there.
    fn search_path(session: &mut Self::Session<'_>, name: &str) -> Result<SearchPath, OpError> {
        let _ = session;
        Err(OpError::Unsupported {
            operation: format!("go on in the schema `{name}`"),
            reason: "this database has no schemas beside its own".to_owned(),
            help: "leave `in_schema` out, or write the revision for PostgreSQL only: `op: &mut Op<Postgres>`".to_owned(),
        })
    }

    /// Tells what is wrong after a statement of `operation` failed, where this backend knows better than its database.
    fn explain(session: &mut Self::Session<'_>, operation: &Operation, error: OpError) -> OpError {
        let _ = (session, operation);
        error
    }

    /// Puts back what application code may have changed about its session and this crate's own statements rely on.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn settle(session: &mut Self::Session<'_>) -> Result<(), DatabaseError> {
        let _ = session;
        Ok(())
    }

    /// Returns what the database said, if `error` is one of its driver's.
    fn recognise(error: &(dyn std::error::Error + 'static)) -> Option<DatabaseError> {
        let _ = error;
        None
    }

    /// Returns the schema as an inspection tells it once it is built: what stands beside a column goes beside the table,
    /// constraints get the names the database gives them, and types and defaults get its spelling.
    #[must_use]
    fn normalise(schema: Schema) -> Schema {
        schema
    }

    /// Returns the statements of an operation for a file, where no database can be asked.
    #[must_use]
    fn dumped(operation: &Operation) -> Vec<String> {
        crate::ddl::statements(Self::dialect(), operation)
    }

    /// Returns the statements of a file with those that set what they need of the session of a client that reads it.
    #[must_use]
    fn for_a_client(statements: Vec<String>) -> Vec<String> {
        statements
    }

    /// Returns a statement with what ends it, as the database's own command line client takes it.
    #[must_use]
    fn ended(statement: &str) -> String {
        let statement = statement.trim_end().trim_end_matches(';');
        // A comment at the end must not swallow it.
        let last = statement.lines().last().unwrap_or_default();
        match last.contains("--") {
            true => format!("{statement}\n;"),
            false => format!("{statement};"),
        }
    }

    /// Returns the schema in the words that build it in an empty database by statements alone, without anything that a run
    /// looks up while it goes on.
    #[must_use]
    fn by_itself(schema: Schema) -> Schema {
        schema
    }

    /// Returns an inspected schema in the form in which everything counts that the database keeps. Models are compared as
    /// [`normalise`](Backend::normalise) tells them, which may be less exact.
    #[must_use]
    fn exact(schema: Schema) -> Schema {
        Self::normalise(schema)
    }

    /// Returns the schema of a copy without what is otherwise there on purpose, as by [`scratch_of`](Backend::scratch_of).
    #[must_use]
    fn of_copy(schema: Schema) -> Schema {
        schema
    }

    /// Returns the statements of a file of SQL that mean something to a schema, each with the byte where it begins: without
    /// what the database's own client writes beside it.
    #[must_use]
    fn statements_of_schema(sql: &str) -> Vec<(usize, Cow<'_, str>)> {
        vec![(0, Cow::Borrowed(sql))]
    }

    /// Returns the schema that a file of SQL makes, beside the one that the revisions build: without what the database's own
    /// program writes of everything and nobody said.
    #[must_use]
    fn of_file(sql: &str, wanted: Schema, built: &Schema) -> Schema {
        let _ = (sql, built);
        wanted
    }

    /// Reads the whole schema. The table `except` is left out.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn inspect(
        session: &mut Self::Session<'_>,
        except: Option<&str>,
    ) -> Result<Schema, DatabaseError>;

    /// Reads further schemas of the database into those beside `schema`, as far as they are there, and what needs what across
    /// them. The table `except` is left out where it names one of them: `ops.migrate_revisions`.
    ///
    /// # Errors
    ///
    /// What the database says, and where it has no schemas.
    fn inspect_others(
        session: &mut Self::Session<'_>,
        schema: &mut Schema,
        names: &[&str],
        except: &str,
    ) -> Result<(), DatabaseError> {
        let _ = (session, schema, names, except);
        let reason = "this database has no schemas beside its own";
        Err(DatabaseError::new(Trouble::Other, reason))
    }

    /// Reads the tables and views of these names with what belongs to them, as [`inspect`](Backend::inspect) tells them. What
    /// else is read is of no harm.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn inspect_named(
        session: &mut Self::Session<'_>,
        names: &[String],
    ) -> Result<Schema, DatabaseError> {
        let _ = names;
        Self::inspect(session, None)
    }

    /// Reads which tables are virtual, and which hold what virtual ones store.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn virtual_tables(session: &mut Self::Session<'_>) -> Result<VirtualTables, DatabaseError> {
        let _ = session;
        Ok(VirtualTables::default())
    }

    /// Reads what the database keeps for the application beside its schema, each as the statement that sets it. No comparison
    /// looks at it, since the application changes it while it runs.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn application_settings(session: &mut Self::Session<'_>) -> Result<Vec<String>, DatabaseError> {
        let _ = session;
        Ok(Vec::new())
    }

    /// Returns the expression that reads a column for comparing its values: as text where its type is none that a
    /// [`Value`] holds.
    fn comparable(column: &Column) -> String {
        Self::dialect().identifier(&column.name)
    }

    /// Makes the text of values the same whatever the settings of the session are, until its transaction ends.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn settle_text(session: &mut Self::Session<'_>) -> Result<(), DatabaseError> {
        let _ = session;
        Ok(())
    }

    /// Returns what a type that stands in the database is made of, for rows that are made up.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn type_shape(
        session: &mut Self::Session<'_>,
        kind: &Type,
    ) -> Result<TypeShape, DatabaseError> {
        let _ = (session, kind);
        Ok(TypeShape::Plain(kind.clone()))
    }

    /// Returns the `number`-th made-up value of a type that only this database has; `kind` is its name in small letters.
    fn made_up(kind: &str, number: u32) -> Option<Value> {
        let _ = (kind, number);
        None
    }

    /// Reads the names of the tables, sorted.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn tables(session: &mut Self::Session<'_>) -> Result<Vec<String>, DatabaseError>;

    /// Reads the columns of a table; none if there is no such table.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn columns(session: &mut Self::Session<'_>, table: &str) -> Result<Vec<Column>, DatabaseError>;

    /// Returns the schema that the session's own names belonged to when it began, whatever was done to it since; `None` where
    /// a database has no schemas. The version table is looked for there, and nowhere else.
    ///
    /// # Errors
    ///
    /// Why no schema can be meant.
    fn home<'s>(session: &'s Self::Session<'_>) -> Result<Option<&'s str>, DatabaseError> {
        let _ = session;
        Ok(None)
    }

    /// Describes the object that has the version table's name in this schema, if there is one.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn describe(
        session: &mut Self::Session<'_>,
        schema: Option<&str>,
        table: &str,
    ) -> Result<Option<Description>, DatabaseError>;
}

/// Runs a statement with parameters and returns how many rows it changed.
pub type Execute<'e> = dyn FnMut(&[Cell<'_>]) -> Result<u64, DatabaseError> + 'e;

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading; nothing is written or made.
    Read,
    /// For reading and writing; made if missing.
    Write,
    /// For reading and writing; not made: `None` means that there is no database yet.
    WriteExisting,
}

/// How a statement stands to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It runs inside a transaction, and is taken back with it.
    Inside,
    /// It commits what is open, or runs only where nothing is. Run once more where the schema is as before it, it does no
    /// harm.
    Alone,
    /// It runs code of the database's, a procedure or a block, which may do anything and may commit.
    MayCommit,
    /// It begins or ends a transaction, or takes locks that outlive one.
    Leaves,
    /// It sets up the session and nothing else: another session needs it again.
    Session,
}

/// What a database says of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its definition in the database's own words, or whatever tells it from another.
    pub definition: String,
    /// The statement that takes it away, where it is of no use because the statement that makes or drops it was cut short.
    pub undo: Option<String>,
}

/// Whether an operation has anything to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It runs.
    Run,
    /// What it makes is there already, or what it takes is not.
    Skip,
}

/// How a session goes on in another schema of its database, and comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPath {
    /// The statement that goes there.
    pub enter: String,
    /// The statement that puts the session back.
    pub leave: String,
}

/// The tables of modules, whose rows come and go in ways of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VirtualTables {
    /// The virtual tables, with the columns that a query can name.
    pub tables: Vec<(String, Vec<String>)>,
    /// The tables in which they store what they hold.
    pub storage: Vec<String>,
}

impl VirtualTables {
    /// Returns whether a table is one of them, or their storage.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.storage.iter().any(|storage| storage == name)
            || self.tables.iter().any(|(table, _)| table == name)
    }
}

/// What a type is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeShape {
    /// It is known by its name.
    Plain(Type),
    /// It has these values.
    OneOf(Vec<String>),
    /// It is another type whose values fulfil conditions.
    Domain {
        /// The other type.
        base: Box<TypeShape>,
        /// The conditions, as the database writes them.
        checks: Vec<String>,
    },
    /// Any number of values of a type.
    Array(Box<TypeShape>),
    /// All values of a type between two of them.
    Range(Box<TypeShape>),
    /// Any number of ranges.
    Multirange(Box<TypeShape>),
    /// A value of each of these types.
    Composite(Vec<TypeShape>),
}

/// A statement of a script that failed.
#[derive(Debug)]
pub struct ScriptError {
    /// How many statements before it ran.
    pub before: u32,
    /// The statement, or the script from there on.
    pub sql: String,
    /// What the database said.
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

/// The object that has the version table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// `table`, `view`, `index` and so on.
    pub kind: String,
    /// Its columns, with whether each belongs to the primary key.
    pub columns: Vec<(String, bool)>,
    /// The triggers on it.
    pub triggers: Vec<String>,
}
