//! Transactions, savepoints and the lock of a run of revisions.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{Client, IsolationLevel, Transaction};

use crate::backend::{LockWatch, MigrationRun, SessionMode, UnitError, UnitScope};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, printable};
use crate::op::Op;

use super::Postgres;
use super::client::PostgresClient;
use super::error::{from_driver, is};
use super::lock::Lock;
use super::lock_watch::PgLockWatch;
use super::pooler;
use super::search_path::Home;
use super::session::{PgSession, TransactionState, first_row, first_text};
use super::settings::Settings;

/// The savepoint around a revision. Revisions do not use this name.
const SAVEPOINT: &str = "cargo_migrate_revision";

/// A guard that makes every COMMIT fail except ours: a row in a temporary table, with a trigger that is deferred to
/// the commit. It ignores SET CONSTRAINTS, which a revision may run.
const GUARD: &str = "
CREATE TEMPORARY TABLE cargo_migrate_guard AS SELECT 0 AS revision;
CREATE FUNCTION pg_temp.cargo_migrate_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('cargo_migrate.ending', true), '') <> 'yes' AND current_query() !~* 'set\\s+constraints' THEN
        RAISE EXCEPTION 'a revision must not end its own transaction' USING ERRCODE = '2D000';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cargo_migrate_guard AFTER UPDATE ON pg_temp.cargo_migrate_guard DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION pg_temp.cargo_migrate_guard();";

const UNGUARD: &str = "DROP TABLE IF EXISTS pg_temp.cargo_migrate_guard; \
                       DROP FUNCTION IF EXISTS pg_temp.cargo_migrate_guard()";

/// A client that is prepared for running revisions. Its settings are restored when it is dropped.
pub struct PgRun<'c, M: SessionMode> {
    owner: &'c mut PostgresClient,
    wait: Duration,
    settings: Settings,
    home: Arc<Home>,
    /// The URL of the database without its secrets, if it is known.
    url: Option<Arc<str>>,
    /// The server process of the working connection, once it was asked.
    pid: Option<i32>,
    lock: Lock,
    guarded: bool,
    /// The ID of the open transaction.
    xid: Option<String>,
    open: Open,
    /// Whether the savepoint of the previous revision still exists.
    marked: bool,
    mode: PhantomData<M>,
}

/// The state of a run's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    No,
    /// The transaction begins with the first statement in it, so that both need only one round trip.
    Requested,
    Yes,
}

impl<'c, M: SessionMode> PgRun<'c, M> {
    pub(super) fn begin_run(
        owner: &'c mut PostgresClient,
        wait: Duration,
        table: &str,
    ) -> Result<PgRun<'c, M>, Error> {
        let failed = |error: postgres::Error| {
            Error::database("can't set up the connection", from_driver(&error))
        };
        owner.ensure_connected()?;
        let is_scratch = owner.is_scratch();
        let client = owner.client();
        let (inside, mut home) = inspect_session(client).map_err(failed)?;
        if inside {
            return Err(Error::InTransaction);
        }
        // If the version table names its own schema, revisions create the other schemas.
        if is_scratch && !table.contains('.') && home.schema().is_err() {
            client
                .batch_execute(&home.create_schemas())
                .map_err(failed)?;
            home = Home::ask(client).map_err(failed)?;
        }
        let own = Lock::connection(owner)?;
        let client = owner.client();
        let settings = Settings::note(client, wait).map_err(failed)?;
        let (schema, name) = match table.split_once('.') {
            Some(named) => named,
            None => (home.schema().unwrap_or_default(), table),
        };
        let url = owner.origin().map(|origin| origin.current_url().into());
        let mut run = PgRun {
            lock: Lock::new(schema, name, own),
            url,
            pid: None,
            owner,
            wait,
            settings,
            home: Arc::new(home),
            guarded: false,
            xid: None,
            open: Open::No,
            marked: false,
            mode: PhantomData,
        };
        run.prepare().map_err(failed)?;
        Ok(run)
    }

    fn client(&mut self) -> &mut Client {
        self.owner.client()
    }

    /// Prepares the session: the guard first, because the settings make the session read-only.
    fn prepare(&mut self) -> Result<(), postgres::Error> {
        // Where the server supports it, the server notices sooner that this process has ended. Older servers do not.
        let _ = self
            .client()
            .batch_execute("SET client_connection_check_interval = 500");
        // Without the privilege to create temporary tables, an ended transaction is detected but not prevented.
        self.guarded = self
            .client()
            .batch_execute(&format!(
                "{};{UNGUARD};{GUARD}",
                "SET client_min_messages = error"
            ))
            .is_ok();
        let ours = self.settings.run_settings();
        self.client().batch_execute(&ours)
    }

    /// Reconnects if the connection was lost, and waits until the server has ended the transaction of the lost one.
    fn reconnect_if_lost(&mut self) -> Result<(), Error> {
        if !self.client().is_closed() {
            return Ok(());
        }
        let failed = |error: postgres::Error| {
            Error::database("can't set up the connection", from_driver(&error))
        };
        (self.open, self.pid) = (Open::No, None);
        self.lock.lost_with_connection();
        self.owner.reconnect()?;
        self.prepare().map_err(failed)?;
        if let Some(xid) = self.xid.take() {
            let sql = format!("SELECT txid_status({xid})");
            let deadline = Instant::now() + self.wait;
            while Instant::now() < deadline {
                let answers = self.client().simple_query(&sql).map_err(failed)?;
                if first_text(&answers).as_deref() != Some("in progress") {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// Returns the first statements of the requested transaction, or an empty string if it is already open. The first
    /// result is its ID.
    fn begin_sql(&self) -> String {
        if self.open != Open::Requested {
            return String::new();
        }
        // If a session is read-only, a user made it so.
        let mode = match self.settings.was("default_transaction_read_only") {
            "on" => "READ ONLY",
            _ => "READ WRITE",
        };
        let guard = match self.guarded {
            true => "UPDATE pg_temp.cargo_migrate_guard SET revision = revision + 1;",
            false => "",
        };
        format!("SET TRANSACTION {mode}; {guard} SELECT txid_current()::text;")
    }

    /// Returns the statements before a revision: its savepoint, which replaces the savepoint of the previous
    /// revision.
    fn savepoint_sql(&self) -> String {
        let before = match self.marked {
            true => format!("RELEASE {SAVEPOINT};"),
            false => String::new(),
        };
        format!(
            "{before} SAVEPOINT {SAVEPOINT}; SET LOCAL client_min_messages = {}",
            self.settings.was("client_min_messages")
        )
    }

    fn revision<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Postgres<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let database = |error: postgres::Error| UnitError::Database(from_driver(&error));
        let reset_sql = format!(
            "SELECT txid_current_if_assigned()::text; {}",
            self.settings.run_settings()
        );
        let (first, savepoint) = (self.begin_sql(), self.savepoint_sql());
        #[cfg(feature = "shared-session")]
        let guests = self.owner.guests();
        let outer = enter(
            self.owner.client(),
            &mut self.open,
            &mut self.xid,
            &first,
            &savepoint,
        )
        .map_err(database)?;
        self.marked = false;
        let mut session = PgSession::new(outer, TransactionState::Inside, Arc::clone(&self.home));
        (session.reset_sql, session.xid) = (reset_sql, self.xid.clone());
        session.url.clone_from(&self.url);
        #[cfg(feature = "shared-session")]
        {
            session.guests = guests;
        }
        let mut op = Op::new(session);
        let result = work(&mut op);
        let mut session = op.into_session();
        let left = session.left.take();
        let same_transaction = session.same_transaction;
        let mut outer = ManuallyDrop::new(session.into_transaction());
        let ended = match (&left, &result) {
            // The session just checked that the transaction is the same.
            (None, Ok(_)) if same_transaction => {
                self.marked = true;
                Ok(())
            }
            (None, Ok(_)) => outer.batch_execute(&format!("RELEASE {SAVEPOINT}")),
            _ => outer.batch_execute(&format!("ROLLBACK TO {SAVEPOINT}; RELEASE {SAVEPOINT}")),
        };
        let ended = match (&result, ended) {
            (Ok(_), Err(error)) if left.is_none() => {
                // The transaction is aborted.
                let back = format!("ROLLBACK TO {SAVEPOINT}; RELEASE {SAVEPOINT}");
                if outer.batch_execute(&back).is_err() {
                    self.open = Open::No;
                }
                return Err(database(error));
            }
            (_, ended) => ended,
        };
        match (ended, left, result) {
            (Ok(()), None, result) => result.map_err(UnitError::Work),
            (Ok(()), Some(what), result) => Err(UnitError::TransactionEscaped {
                what,
                work: result.err(),
            }),
            (Err(error), left, result) => {
                self.open = Open::No;
                self.after_end(&error, left, result)
            }
        }
    }

    /// Returns why the transaction of a revision no longer exists.
    fn after_end<R, E>(
        &mut self,
        error: &postgres::Error,
        left: Option<String>,
        result: Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let is_ended = is(error, &SqlState::NO_ACTIVE_SQL_TRANSACTION)
            || is(error, &SqlState::S_E_INVALID_SPECIFICATION);
        if !is_ended {
            // The connection is lost: the error of the work is more useful than the error after it.
            return match result {
                Err(work) => Err(UnitError::Work(work)),
                Ok(_) => Err(UnitError::Database(from_driver(error))),
            };
        }
        let mut what = left.unwrap_or_else(|| "COMMIT or ROLLBACK".to_owned());
        // Ends a transaction that the revision began instead.
        let _ = self.client().batch_execute("ROLLBACK");
        if let Some(xid) = self.xid.clone() {
            let answers = self
                .client()
                .simple_query(&format!("SELECT txid_status({xid})"));
            if answers.is_ok_and(|answers| first_text(&answers).as_deref() == Some("committed")) {
                what.push_str(" (the changes made before it are kept)");
            }
        }
        Err(UnitError::TransactionEscaped {
            what,
            work: result.err(),
        })
    }

    fn own<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Postgres<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let (started_here, first) = (self.open == Open::No, self.begin_sql());
        let transaction = enter(
            self.owner.client(),
            &mut self.open,
            &mut self.xid,
            &first,
            "",
        )
        .map_err(|error| UnitError::Database(from_driver(&error)))?;
        let home = Arc::clone(&self.home);
        let result = work(&mut Op::new(PgSession::new(
            transaction,
            TransactionState::Inside,
            home,
        )));
        if started_here {
            self.rollback_now();
        }
        result.map_err(UnitError::Work)
    }

    fn in_autocommit<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Postgres<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        let ran = self.outside(work);
        if self.client().is_closed() {
            return Err(match ran {
                Ok(Err(work)) => UnitError::Work(work),
                Ok(Ok(_)) => UnitError::Database(DatabaseError::new(
                    DatabaseErrorKind::Io,
                    "the connection to the server was lost",
                )),
                Err(error) => UnitError::Database(error),
            });
        }
        let left_open = in_transaction(self.client()).unwrap_or(true);
        self.rollback_now();
        if ran.is_ok() {
            self.lock.end_work(self.owner.client());
        }
        let ours = self.settings.run_settings();
        let restored = self.client().batch_execute(&ours);
        match (ran.map_err(UnitError::Database)?, restored) {
            (Err(work), Err(_)) => Err(UnitError::Work(work)),
            (Ok(_), Err(error)) => Err(UnitError::Database(from_driver(&error))),
            (result, Ok(())) if left_open => Err(UnitError::TransactionEscaped {
                what: "BEGIN without COMMIT".to_owned(),
                work: result.err(),
            }),
            (result, Ok(())) => result.map_err(UnitError::Work),
        }
    }

    /// Runs work outside a transaction, with the settings and the lock for that. It does not reset them.
    fn outside<R, E>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Postgres<M>>) -> Result<R, E>,
    ) -> Result<Result<R, E>, DatabaseError> {
        let outside = self.settings.outside();
        #[cfg(feature = "shared-session")]
        let guests = self.owner.guests();
        let client = self.owner.client();
        // Code outside a transaction uses the driver's transaction type too, after a COMMIT.
        let mut transaction = client.transaction().map_err(|error| from_driver(&error))?;
        let locked = transaction
            .batch_execute("COMMIT")
            .and_then(|()| transaction.batch_execute(&outside))
            .and_then(|()| self.lock.begin_work(&mut transaction, self.wait));
        if !locked.map_err(|error| from_driver(&error))? {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Busy,
                "another run is working outside a transaction, because the lock against other runs was lost",
            ));
        }
        let home = Arc::clone(&self.home);
        let mut session = PgSession::new(transaction, TransactionState::Outside, home);
        session.url.clone_from(&self.url);
        #[cfg(feature = "shared-session")]
        {
            session.guests = guests;
        }
        Ok(work(&mut Op::new(session)))
    }

    fn rollback_if_open(&mut self) {
        if self.open != Open::No {
            self.rollback_now();
        }
        self.xid = None;
    }

    fn rollback_now(&mut self) {
        // A rollback fails only if the connection is lost, and then the server rolls back.
        let _ = self.client().batch_execute("ROLLBACK");
        self.open = Open::No;
    }
}

impl<M: SessionMode> MigrationRun<Postgres<M>> for PgRun<'_, M> {
    fn begin(&mut self) -> Result<(), Error> {
        self.reconnect_if_lost()?;
        self.lock.take(self.owner, self.wait)?;
        self.open = Open::Requested;
        self.marked = false;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        if self.open == Open::Requested {
            self.open = Open::No;
            return Ok(());
        }
        let done = self
            .client()
            .batch_execute("SELECT set_config('cargo_migrate.ending', 'yes', true); COMMIT");
        if let Err(error) = done {
            let database_error = from_driver(&error);
            self.rollback_now();
            return Err(database_error);
        }
        self.open = Open::No;
        self.xid = None;
        Ok(())
    }

    fn rollback(&mut self) {
        self.rollback_if_open();
    }

    fn is_open(&self) -> bool {
        self.open != Open::No
    }

    fn lock_was_lost(&mut self) -> bool {
        self.lock.was_lost()
    }

    fn lock_watch(&mut self) -> Option<Box<dyn LockWatch>> {
        self.owner.origin()?;
        if self.pid.is_none() {
            let answers = self.client().simple_query("SELECT pg_backend_pid()").ok()?;
            self.pid = first_text(&answers)?.parse().ok();
        }
        let origin = self.owner.origin()?.clone();
        Some(Box::new(PgLockWatch::new(origin, self.pid?)))
    }

    fn blocking_connections(&mut self) -> Option<String> {
        let lock = self.lock.pid().unwrap_or(0);
        let rows = self.client().query(
            "SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.state, ''), \
                    extract(epoch FROM clock_timestamp() - a.xact_start)::bigint \
             FROM pg_stat_activity AS a \
             WHERE a.datname = current_database() AND a.pid NOT IN (pg_backend_pid(), $1) AND a.xact_start IS NOT NULL \
             AND EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.granted AND l.relation >= 16384) \
             ORDER BY a.xact_start LIMIT 3",
            &[&lock],
        );
        let mut shown = Vec::new();
        for row in rows.ok()? {
            let text = |at: usize| printable(&row.try_get::<_, String>(at).unwrap_or_default());
            shown.push(format!(
                "process {} (`{}`, {} for {} s)",
                row.try_get::<_, i32>(0).ok()?,
                text(1),
                text(2),
                row.try_get::<_, i64>(3).unwrap_or(0)
            ));
        }
        (!shown.is_empty()).then(|| format!("other open transactions: {}", shown.join(", ")))
    }

    fn unit<R, E>(
        &mut self,
        scope: UnitScope,
        work: impl FnOnce(&mut Op<'_, Postgres<M>>) -> Result<R, E>,
    ) -> Result<R, UnitError<E>> {
        match scope {
            UnitScope::Transaction => self.own(work),
            UnitScope::Savepoint => self.revision(work),
            UnitScope::Autocommit => self.in_autocommit(work),
        }
    }
}

impl<M: SessionMode> Drop for PgRun<'_, M> {
    fn drop(&mut self) {
        if self.client().is_closed() {
            return;
        }
        self.rollback_if_open();
        // These belong to this session, and an error in `drop` can't be reported.
        if self.guarded {
            let sql = format!("BEGIN READ WRITE; {UNGUARD}; COMMIT");
            let _ = self.client().batch_execute(&sql);
        }
        let back = self.settings.back();
        let _ = self.client().batch_execute(&back);
        self.lock.release(self.owner);
    }
}

/// Reads inside one read-only transaction, so that all results are consistent.
pub(super) fn read<M: SessionMode, R>(
    owner: &mut PostgresClient,
    work: impl FnOnce(&mut Op<'_, Postgres<M>>) -> Result<R, Error>,
) -> Result<R, Error> {
    let failed =
        |error: postgres::Error| Error::database("can't read the database", from_driver(&error));
    owner.ensure_connected()?;
    let is_scratch = owner.is_scratch();
    let client = owner.client();
    let (inside, mut home) = inspect_session(client).map_err(failed)?;
    if inside {
        return Err(Error::InTransaction);
    }
    if is_scratch {
        home = home.assumed();
    }
    let transaction = client
        .build_transaction()
        .read_only(true)
        .isolation_level(IsolationLevel::RepeatableRead)
        .start()
        .map_err(|error| Error::database("can't read the database", pooler::at_begin(&error)))?;
    let mut op = Op::new(PgSession::new(
        transaction,
        TransactionState::Inside,
        Arc::new(home),
    ));
    let result = work(&mut op);
    drop(op.into_session().into_transaction());
    result
}

/// Returns the driver's type for the open transaction, or begins the transaction with `first`, and runs `more` in it.
/// `commit` and `rollback` end the transaction, so the value must not be dropped.
fn enter<'c>(
    client: &'c mut Client,
    open: &mut Open,
    xid: &mut Option<String>,
    first: &str,
    more: &str,
) -> Result<Transaction<'c>, postgres::Error> {
    // In an open transaction BEGIN has no effect except a warning, which is not shown.
    let mut transaction = ManuallyDrop::new(client.transaction()?);
    if !first.is_empty() || !more.is_empty() {
        let answers = transaction.simple_query(&format!("{first}{more}"))?;
        if !first.is_empty() {
            *xid = first_text(&answers);
        }
    }
    *open = Open::Yes;
    Ok(ManuallyDrop::into_inner(transaction))
}

/// Returns whether a transaction is open, and the schema of unqualified names, in one round trip.
fn inspect_session(client: &mut Client) -> Result<(bool, Home), postgres::Error> {
    let sql = format!("SELECT now() <> statement_timestamp(), {}", Home::COLUMNS);
    let answers = client.simple_query(&sql)?;
    let row = first_row(&answers);
    let inside = row.and_then(|row| row.try_get(0).ok().flatten()) == Some("t");
    Ok((inside, Home::from_row(row, 1)))
}

/// Returns whether a transaction is open. Outside a transaction, each statement has its own start time.
fn in_transaction(client: &mut Client) -> Result<bool, postgres::Error> {
    let answers = client.simple_query("SELECT now() <> statement_timestamp()")?;
    Ok(first_text(&answers).as_deref() == Some("t"))
}
