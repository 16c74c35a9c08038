//! Clients of other libraries join the session of a revision at its URL.

use std::process::Command;
use std::time::Duration;

use migrate_engine::backend::Access;
use migrate_runtime::Migrations;
use migrate_runtime::v1::*;
use migrate_tests::revisions::{Code, linear_history};
use mysql::prelude::Queryable as _;
use postgres::NoTls;

use crate::engine::Engine;

fn create<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.execute("CREATE TABLE a (id INTEGER)")
}

fn nothing<B: Backend>(_: &mut Op<'_, B>) -> Result<()> {
    Ok(())
}

/// Upgrades a new database, and returns the outcome and the rows of `a`; `None` if there is no server.
fn upgraded<B: Engine>(up: Code<B>) -> Option<(std::result::Result<(), String>, Vec<i64>)> {
    let database = B::database()?;
    let wait = Duration::from_secs(10);
    let client = B::open(database.url.as_ref(), Access::Write, wait).unwrap();
    let mut client = client.unwrap();
    let migrations: &Migrations<B> = linear_history(&[(create, nothing), (up, nothing)]);
    let done = migrations.upgrade(&mut client);
    let rows = B::read(B::reader(&mut client), wait, |op| {
        Ok(op.query("SELECT id FROM a ORDER BY id", &[]))
    });
    let rows = rows.unwrap().unwrap();
    let ids = rows.iter().map(|row| row[0].as_i64().unwrap()).collect();
    Some((done.map(drop).map_err(|error| error.to_string()), ids))
}

fn insert_over_postgres(op: &mut Op<'_, SharedPostgres>, sql: &str) -> Result<()> {
    let mut db = postgres::Client::connect(&op.session_url()?, NoTls)?;
    db.batch_execute(sql)?;
    Ok(())
}

#[test]
fn clients_write_in_the_revision_of_postgres() {
    fn up(op: &mut Op<'_, SharedPostgres>) -> Result<()> {
        insert_over_postgres(op, "INSERT INTO a VALUES (1)")?;
        op.close_session_clients()?;
        let url = op.session_url()?;
        let psql = Command::new("psql")
            .args([url.as_str(), "-c", "INSERT INTO a VALUES (2)"])
            .output()?;
        assert!(
            psql.status.success(),
            "{}",
            String::from_utf8_lossy(&psql.stderr)
        );
        op.close_session_clients()?;
        assert_eq!(
            op.query("SELECT count(*) FROM a", &[])?,
            [[Value::Integer(2)]]
        );
        Ok(())
    }
    if let Some((done, ids)) = upgraded(up) {
        assert_eq!((done, ids), (Ok(()), vec![1, 2]));
    }
}

#[test]
fn what_clients_write_is_rolled_back_with_the_revision_of_postgres() {
    fn up(op: &mut Op<'_, SharedPostgres>) -> Result<()> {
        insert_over_postgres(op, "BEGIN; INSERT INTO a VALUES (1); COMMIT")?;
        Err(Error::msg("no"))
    }
    if let Some((done, ids)) = upgraded(up) {
        assert!(done.is_err());
        assert!(ids.is_empty());
    }
}

#[test]
fn a_client_that_is_left_open_does_not_keep_its_transaction() {
    fn up(op: &mut Op<'_, SharedPostgres>) -> Result<()> {
        let mut db = postgres::Client::connect(&op.session_url()?, NoTls)?;
        db.batch_execute("INSERT INTO a VALUES (1); BEGIN; INSERT INTO a VALUES (2)")?;
        std::mem::forget(db);
        op.close_session_clients()?;
        op.execute("INSERT INTO a VALUES (3)")
    }
    if let Some((done, ids)) = upgraded(up) {
        assert_eq!((done, ids), (Ok(()), vec![1, 3]));
    }
}

#[test]
fn clients_write_in_the_revision_of_mysql() {
    fn up(op: &mut Op<'_, SharedMysql>) -> Result<()> {
        let mut db = mysql::Conn::new(op.session_url()?.as_str())?;
        db.query_drop("START TRANSACTION")?;
        db.query_drop("INSERT INTO a VALUES (1)")?;
        db.query_drop("COMMIT")?;
        drop(db);
        op.close_session_clients()?;
        assert_eq!(
            op.query("SELECT count(*) FROM a", &[])?,
            [[Value::Integer(1)]]
        );
        Err(Error::msg("no"))
    }
    if let Some((done, ids)) = upgraded(up) {
        assert!(done.unwrap_err().contains("no"));
        assert!(ids.is_empty());
    }
}

#[test]
fn a_client_that_the_application_opened_can_not_be_joined() {
    fn up(op: &mut Op<'_, SharedPostgres>) -> Result<()> {
        op.session_url().map(drop)
    }
    let Some(database) = <SharedPostgres as Engine>::database() else {
        return;
    };
    let steps: [(Code<SharedPostgres>, Code<SharedPostgres>); 1] = [(up, nothing)];
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let error = linear_history(&steps).upgrade(&mut client).unwrap_err();
    assert!(error.to_string().contains("connect_shared"), "{error}");
}
