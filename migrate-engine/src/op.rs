//! The handle that `up` and `down` work with.
//!
//! [`Op`] runs the statements of a revision on the backend's session, and records what was done for the executor. It
//! does not depend on the revision graph or on the version table.

mod alter_table;
mod in_schema;
mod inspect;
mod objects;
mod run;
mod tables;
mod trace;

use std::panic::Location;

use crate::backend::{Backend, CurrentDatabase, ScriptError, StatementKind};
use crate::error::{DataLoss, DatabaseError, OpError};
use crate::executor::ProgressListener;
use crate::failpoint::{self, FailurePoint};
use crate::journal::{Journal, Step};
use crate::v1::Result;
use migrate_schema::operation::Compatibility;
use migrate_schema::value::Value;

pub use alter_table::AlterTable;
pub use trace::{TraceEvent, Tracer};

/// The handle with which a revision changes a database: operations, statements, and the driver's own connection.
///
/// `B` is the backend: `op: &mut Op<Sqlite>`, or `op: &mut Op<impl Backend>` for a revision that runs on several.
///
/// ```
/// use migrate_runtime::v1::*;
///
/// fn up(op: &mut Op<Sqlite>) -> Result<()> {
///     op.add_column("users", Column::new("locale", Varchar(10)))?;
///     op.execute_with("UPDATE users SET locale = ?1 WHERE locale IS NULL", &params!["en"])?;
///     let count: i64 = op.connection().query_row("SELECT count(*) FROM users", [], |row| row.get(0))?;
///     println!("{count} users");
///     Ok(())
/// }
/// ```
pub struct Op<'t, B: Backend> {
    pub(crate) session: B::Session<'t>,
    pub(crate) record: Record,
    /// The journal, if no transaction holds the revision.
    pub(crate) journal: Option<Journal>,
}

/// Returns the session of a handle, for code that runs beside the revisions. A revision uses the handle.
pub fn session<'o, 't, B: Backend>(op: &'o mut Op<'t, B>) -> &'o mut B::Session<'t> {
    &mut op.session
}

/// The record of what a revision did through the handle.
#[derive(Default)]
pub(crate) struct Record {
    /// The revision that runs; empty outside of one.
    pub(crate) revision: String,
    /// The receiver of progress.
    pub(crate) listener: Option<ProgressListener>,
    /// The receiver of everything that the revision does.
    pub(crate) tracer: Option<Tracer>,
    /// The rule for existing values.
    pub(crate) values: Values,
    /// The last location in the revision that called the handle.
    pub(crate) location: Option<&'static Location<'static>>,
    /// The number of statements that went through the handle.
    pub(crate) statements: u32,
    /// The values that were dropped.
    pub(crate) losses: Vec<DataLoss>,
    /// The drift that conditional operations found, one per line.
    pub(crate) skipped: Vec<String>,
    /// Whether the revision did anything that may be breaking.
    pub(crate) breaking: bool,
    /// The compatibility that the author declared.
    pub(crate) declared_compatibility: Option<Compatibility>,
}

/// The rule for values that the drops of a `down` would lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Values {
    /// Drops them: this is an `up`, or the user allowed it.
    #[default]
    Drop,
    /// Drops and counts them; the executor decides before the commit.
    Count,
    /// Keeps them: there is no transaction that could restore them.
    Keep,
}

impl Record {
    /// Returns the compatibility that the version table stores.
    pub(crate) fn compatibility(&self) -> Compatibility {
        let seen = if self.breaking {
            Compatibility::Breaking
        } else {
            Compatibility::Additive
        };
        self.declared_compatibility.unwrap_or(seen)
    }
}

impl<'t, B: Backend> Op<'t, B> {
    /// Returns a handle on a session.
    pub fn new(session: B::Session<'t>) -> Op<'t, B> {
        Op {
            session,
            record: Record::default(),
            journal: None,
        }
    }

    /// Returns the session.
    pub fn into_session(self) -> B::Session<'t> {
        self.session
    }

    /// Returns the driver's own connection, inside the revision's transaction.
    ///
    /// The handle does not see what you do through the connection, so the revision counts as
    /// [breaking](Op::declare_compatibility) for older applications. For the same reason, an interrupted revision outside a
    /// transaction does not resume automatically after this call. Code inside of [`once`](Op::once) does not prevent
    /// that.
    #[track_caller]
    pub fn connection<'c>(&'c mut self) -> B::Connection<'c, 't> {
        self.record.location = Some(Location::caller());
        self.record.breaking = true;
        // If this can't be recorded, the next step returns the error.
        let _ = self.lend("code of the application that has the connection");
        self.tell(&TraceEvent::ApplicationCode);
        B::connection(&mut self.session)
    }

    /// Returns the database that the revision runs on. Most runs of a revision are not on your database: the generated
    /// tests, `verify` and others try it on [scratch databases](CurrentDatabase::is_scratch).
    ///
    /// Code in a revision must not use the database that `DATABASE_URL` names, which may be another one.
    ///
    /// ```
    /// # use migrate_runtime::v1::*;
    /// # fn delete_old_files() -> Result<()> { Ok(()) }
    /// pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    ///     op.drop_column("users", "avatar_file")?;
    ///     if !op.database()?.is_scratch() {
    ///         delete_old_files()?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The database's error.
    #[track_caller]
    pub fn database(&mut self) -> Result<CurrentDatabase> {
        self.record.location = Some(Location::caller());
        Ok(B::current_database(&mut self.session)?)
    }

    /// Runs one or several statements. Returned rows are ignored.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] with the statement that failed.
    #[track_caller]
    pub fn execute(&mut self, sql: &str) -> Result<()> {
        self.record.location = Some(Location::caller());
        self.record.breaking = true;
        if self.journal.is_none() {
            return self.execute_batch(sql);
        }
        let statements = B::statements(sql);
        if statements.is_empty() {
            return self.execute_batch(sql);
        }
        for (sql, stands) in statements {
            let step = || Step::statement(sql, &[], stands);
            self.stepped(step, |op| op.execute_batch(sql).map(|()| 0))?;
        }
        Ok(())
    }

    fn execute_batch(&mut self, sql: &str) -> Result<()> {
        let session = &mut self.session;
        match failpoint::hit(FailurePoint::Op, ScriptError::from, || {
            B::execute_batch(session, sql)
        }) {
            Ok(0) => Err(OpError::Invalid {
                operation: "execute".to_owned(),
                reason: "there is no statement in the string".to_owned(),
                help: "write a statement, or remove the call".to_owned(),
            }
            .into()),
            Ok(count) => {
                self.record.statements += count;
                self.tell(&TraceEvent::Statement(sql, &[], None));
                Ok(())
            }
            Err(ScriptError {
                before,
                sql,
                source,
            }) => {
                self.record.statements += before + 1;
                Err(OpError::Statement {
                    number: self.record.statements,
                    sql,
                    source,
                }
                .into())
            }
        }
    }

    /// Runs one statement with parameters, and returns the number of changed rows.
    ///
    /// The statement stays prepared, so repeated calls are cheap.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it, also if the string contains more than one statement.
    #[track_caller]
    pub fn execute_with(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        self.record.location = Some(Location::caller());
        self.record.breaking = true;
        let step = || {
            let stands = B::statements(sql);
            let stands = stands
                .first()
                .map_or(StatementKind::Transactional, |(_, stands)| *stands);
            Step::statement(sql, params, stands)
        };
        self.stepped(step, |op| {
            op.record.statements += 1;
            let session = &mut op.session;
            let done = failpoint::hit(
                FailurePoint::Op,
                |error| error,
                || B::execute(session, sql, params),
            );
            let rows = done.map_err(|source| op.failed(sql, source))?;
            op.tell(&TraceEvent::Statement(sql, params, Some(rows)));
            Ok(rows)
        })
    }

    /// Runs a query and returns its rows.
    ///
    /// # Errors
    ///
    /// [`OpError::Statement`] if the database refuses it.
    #[track_caller]
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Vec<Value>>> {
        self.record.location = Some(Location::caller());
        if self.journal.is_some() && !reads(sql) {
            self.lend("a query that writes")?;
        }
        self.replay_query(
            || (sql.to_owned(), params.to_vec()),
            |op| {
                op.record.statements += 1;
                let mut rows = Vec::new();
                let done = B::query(&mut op.session, sql, params, &mut |row| rows.push(row));
                done.map_err(|source| op.failed(sql, source))?;
                Ok(rows)
            },
        )
    }

    pub(crate) fn failed(&self, sql: &str, source: DatabaseError) -> OpError {
        OpError::Statement {
            number: self.record.statements,
            sql: sql.to_owned(),
            source,
        }
    }

    /// Gives the reason why the following operations of this `up` may lose existing values. A generated revision
    /// contains this call, and does not compile until its author writes the reason. The reason stays in the file for
    /// later readers.
    ///
    /// ```
    /// # use migrate_runtime::v1::*;
    /// pub fn up(op: &mut Op<Sqlite>) -> Result<()> {
    ///     op.allow_data_loss("nobody has read the nicknames since 2024")?;
    ///     op.drop_column("users", "nickname")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpError::Invalid`] if the reason is empty.
    #[track_caller]
    pub fn allow_data_loss(&mut self, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(OpError::Invalid {
                operation: "allow data loss".to_owned(),
                reason: "no reason is given".to_owned(),
                help: "give the reason why the values may be lost".to_owned(),
            }
            .into());
        }
        Ok(())
    }

    /// Marks this `down` as impossible: the downgrade fails, nothing is changed, and the message contains `reason` and
    /// recommends restoring a backup.
    ///
    /// ```
    /// # use migrate_runtime::v1::*;
    /// pub fn down(op: &mut Op<Sqlite>) -> Result<()> {
    ///     op.irreversible("the passwords were hashed")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Always [`OpError::Irreversible`].
    #[track_caller]
    pub fn irreversible(&mut self, reason: &str) -> Result<()> {
        Err(OpError::Irreversible {
            reason: reason.to_owned(),
        }
        .into())
    }

    /// Declares the compatibility of this revision with applications that do not know it.
    ///
    /// Operations know their compatibility. `execute` and `connection` count as breaking, because their effect is not known.
    /// Declare [`Compatibility::Additive`] if older applications still work.
    pub fn declare_compatibility(&mut self, compatibility: Compatibility) {
        self.record.declared_compatibility = Some(compatibility);
    }
}

/// Returns whether a query only reads, judged by its keywords.
fn reads(sql: &str) -> bool {
    const WRITES: [&str; 6] = ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CALL"];
    !sql.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| {
            WRITES
                .iter()
                .any(|writes| writes.eq_ignore_ascii_case(word))
        })
}
