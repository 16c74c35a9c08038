//! Detects poolers that assign a session to each transaction, such as PgBouncer in transaction mode.
//!
//! A run holds its lock and its settings in sessions of its own. Behind such a pooler they would remain in sessions
//! of the application, so the run is rejected before anything is set.

use std::time::Instant;

use postgres::{Client, Error as Fault};

use super::error::from_driver;
use super::session::first_text;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

/// The help for a connection through such a pooler.
pub(super) const HELP: &str = "the connection uses a pooler in transaction mode, such as PgBouncer: use the URL of \
                               the server itself, because a run needs sessions of its own";

/// What ends a connection as soon as a transaction begins. The driver keeps only that it ended.
pub(super) const STATEMENT: &str = "it was lost as a transaction began, as a pooler in statement mode, such as PgBouncer's, does it: name the \
                         server itself; if there is none, check the server's log";

const NO_SECOND: &str = "a run needs two connections, one of them for its lock: if a pooler stands in between, it has none free for the \
                         second; name the server itself, or give the pool more";

/// The number of comparisons of two connections behind a pooler. In a busy pool, each connection may get its previous
/// session again by chance.
const ROUNDS: u32 = 10;

/// Rejects a connection whose session changes between two transactions, or is also the session of another connection.
/// `beside` is another connection to the same place, and the time at which it was opened. This function sets nothing
/// in a session.
pub(super) fn refuse(
    client: &mut Client,
    beside: Option<(&mut Client, Instant)>,
) -> Result<(), Error> {
    let changes = match beside {
        Some((beside, since)) => either_changes_session(client, beside, since),
        None => changes_session(client),
    };
    match changes {
        Ok(false) => Ok(()),
        Ok(true) => {
            let reason = "its transactions run in different sessions of the server";
            let refused = DatabaseError::new(DatabaseErrorKind::CannotOpen, reason).with_help(HELP);
            Err(Error::database("can't use this connection", refused))
        }
        // A pooler without a free session for the second connection closes it after a timeout.
        Err(error) if error.is_closed() => {
            let help = match client.is_closed() {
                true => STATEMENT,
                false => NO_SECOND,
            };
            let lost = from_driver(&error).with_help(help);
            Err(Error::database("can't set up the connection", lost))
        }
        Err(error) => Err(Error::database(
            "can't set up the connection",
            from_driver(&error),
        )),
    }
}

/// Returns the error of the database when a transaction began on a connection that had answered before.
pub(super) fn at_begin(error: &Fault) -> DatabaseError {
    match error.is_closed() {
        true => from_driver(error).with_help(STATEMENT),
        false => from_driver(error),
    }
}

fn changes_session(client: &mut Client) -> Result<bool, Fault> {
    let first = query_text(client, PROCESS)?;
    let inside = query_text(client, &format!("BEGIN; {PROCESS}"))?;
    client.simple_query("COMMIT")?;
    Ok(inside != first || query_text(client, PROCESS)? != first)
}

/// While one connection holds a session in a transaction, a pooler gives the other connection another session.
fn either_changes_session(
    client: &mut Client,
    beside: &mut Client,
    since: Instant,
) -> Result<bool, Fault> {
    let (first, other) = (query_text(client, PROCESS)?, query_text(beside, PROCESS)?);
    if first == other {
        return Ok(true);
    }
    let rounds = match is_older(beside, since)? {
        true => ROUNDS,
        false => 1,
    };
    for _ in 0..rounds {
        let inside = query_text(client, &format!("BEGIN; {PROCESS}"))?;
        let meanwhile = query_text(beside, PROCESS);
        client.simple_query("COMMIT")?;
        if inside != first
            || meanwhile? != other
            || query_text(beside, PROCESS)? != other
            || query_text(client, PROCESS)? != first
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether the session is older than its connection, so that another client used it before.
fn is_older(client: &mut Client, since: Instant) -> Result<bool, Fault> {
    let age = query_text(
        client,
        "SELECT extract(epoch FROM clock_timestamp() - backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()",
    )?;
    let age = age.and_then(|age| age.parse::<f64>().ok());
    Ok(age.is_none_or(|age| age > since.elapsed().as_secs_f64()))
}

const PROCESS: &str = "SELECT pg_backend_pid()";

/// Returns the result of a query. It does not prepare a statement, because that would remain in the session.
fn query_text(client: &mut Client, sql: &str) -> Result<Option<String>, Fault> {
    Ok(first_text(&client.simple_query(sql)?))
}
