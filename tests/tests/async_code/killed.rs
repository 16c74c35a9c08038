//! A process is killed after a function of sqlx has written in a revision: nothing of it stays, and the next run succeeds.

use std::process::Command;
use std::time::Duration;
use std::{env, process, thread};

use migrate_engine::backend::Access;
use migrate_runtime::v1::{Backend, Op, Result};
use migrate_sqlx::{BlockOn, Mysql, Postgres, Sqlite};
use migrate_tests::revisions::{Code, linear_history};
use sqlx::{MySqlConnection, PgConnection, SqliteConnection};

use crate::engine::Engine;

/// The URL of the database, in the process that is killed.
const URL: &str = "MIGRATE_TEST_KILLED_URL";

fn create<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.execute("CREATE TABLE a (id INTEGER)")
}

fn nothing<B: Backend>(_: &mut Op<'_, B>) -> Result<()> {
    Ok(())
}

fn kill_if_asked() {
    if env::var_os(URL).is_some() {
        let id = process::id().to_string();
        let _ = Command::new("kill").args(["-9", &id]).status();
        thread::sleep(Duration::from_secs(10));
    }
}

const INSERT: &str = "INSERT INTO a VALUES (1), (2)";

fn fill_sqlite(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.block_on(async |db: &mut SqliteConnection| sqlx::query(INSERT).execute(db).await)?;
    kill_if_asked();
    Ok(())
}

fn fill_postgres(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.block_on(async |db: &mut PgConnection| sqlx::query(INSERT).execute(db).await)?;
    kill_if_asked();
    Ok(())
}

fn fill_mysql(op: &mut Op<'_, Mysql>) -> Result<()> {
    op.block_on(async |db: &mut MySqlConnection| sqlx::query(INSERT).execute(db).await)?;
    kill_if_asked();
    Ok(())
}

fn upgrade<B: Engine>(url: &str, fill: Code<B>) -> B::Client {
    let wait = Duration::from_secs(20);
    let client = B::open(url.as_ref(), Access::Write, wait).unwrap();
    let mut client = client.unwrap();
    linear_history(&[(create, nothing), (fill, nothing)])
        .upgrade(&mut client)
        .unwrap();
    client
}

/// Runs the upgrade in a process that kills itself, and then here. `test` is the name of the calling test.
fn check<B: Engine>(test: &str, fill: Code<B>) {
    if let Ok(url) = env::var(URL) {
        upgrade(&url, fill);
        return;
    }
    let Some(database) = B::database() else {
        return;
    };
    let killed = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("killed::{test}")])
        .env(URL, &database.url)
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), None, "{killed:?}");
    let mut client = upgrade(&database.url, fill);
    let rows = B::read(B::reader(&mut client), Duration::from_secs(10), |op| {
        Ok(op.query("SELECT id FROM a", &[]))
    });
    assert_eq!(rows.unwrap().unwrap().len(), 2);
}

#[test]
fn on_sqlite() {
    check("on_sqlite", fill_sqlite);
}

#[test]
fn on_postgres() {
    check("on_postgres", fill_postgres);
}

#[test]
fn on_mysql() {
    check("on_mysql", fill_mysql);
}
