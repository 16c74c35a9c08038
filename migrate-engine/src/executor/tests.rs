//! Tests of the executor's guarantees, on SQLite.

#![cfg(feature = "sqlite")]

mod failures;
mod history;
mod outside;
mod runs;

use std::time::Duration;

use rusqlite::Connection;

use crate::error::{Error as RunError, Failure, FailureState};
use crate::executor::{Resolution, RunOptions, TransactionMode, Warning};
use crate::macro_support::Revision;
use crate::migrations::{Migrations, StampMode};
use crate::test_revisions::{Code, migrations_of, revision};
use crate::v1::*;

fn outside(mut revision: Revision<Sqlite>) -> Revision<Sqlite> {
    revision.header.transaction = false;
    revision
}

fn memory() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn create_a(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("a", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Text));
    })
}

fn drop_a(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("a")
}

fn create_b(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("b", |t| t.column(Column::new("id", Integer).primary_key()))
}

fn drop_b(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("b")
}

fn nothing(_: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

/// Makes a change that must be rolled back, then fails in the given way.
fn spoil_then(op: &mut Op<Sqlite>, fail: Code) -> Result<()> {
    op.execute("CREATE TABLE spoiled (x); INSERT INTO spoiled VALUES (1)")?;
    fail(op)
}

fn two_with(up: Code) -> &'static Migrations<Sqlite> {
    migrations_of([
        revision("r1", &[], create_a, drop_a),
        revision("r2", &["r1"], up, nothing),
    ])
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrate_revisions' ORDER BY name")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn recorded(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT revision FROM migrate_revisions ORDER BY sequence")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn failure(error: RunError) -> Failure {
    match error {
        RunError::MigrationFailed(failure) => *failure,
        other => panic!("another error: {other:?}"),
    }
}

/// Runs the second revision of a history with a valid first one, and checks that only the first is kept.
fn fails_alone(up: Code) -> Failure {
    let mut connection = memory();
    let failure = failure(two_with(up).upgrade(&mut connection).unwrap_err());
    assert_eq!(names(&connection), ["a"]);
    assert_eq!(recorded(&connection), ["r1"]);
    assert_eq!(failure.done, ["r1"]);
    assert_eq!(failure.state, FailureState::RolledBack);
    assert!(connection.is_autocommit());
    // The connection is as before, and the next run continues where this one stopped.
    connection.execute_batch("BEGIN; ROLLBACK").unwrap();
    two_with(create_b).upgrade(&mut connection).unwrap();
    assert_eq!(names(&connection), ["a", "b"]);
    failure
}
