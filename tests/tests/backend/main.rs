//! Every operation on every database: run, inspected and compared with what is expected; reversed, inspected and
//! compared with what was before. Rows are kept. The expected schema, built in one step, is the same. What a database
//! can't do it refuses before anything runs, and the table lists these.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod baseline;
mod cases;
mod fixture;
mod merge_check;
mod squash;
mod verify;

use fixture::DatabaseFixture;
use migrate_engine::backend::Backend;
use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_tests::servers;

#[test]
fn sqlite() {
    run::<Sqlite>(&["sqlite"], None);
}

#[test]
fn sqlite_on_a_connection_of_sqlx() {
    run::<migrate_sqlx::Sqlite>(&["sqlite"], None);
}

#[test]
fn postgres() {
    on_postgres::<Postgres>();
}

#[test]
fn postgres_in_sessions_that_others_can_join() {
    on_postgres::<migrate_sqlx::Postgres>();
}

fn on_postgres<B: Backend>() {
    if let Some(server) = servers::postgres() {
        let version = server
            .database()
            .strings("SELECT current_setting('server_version_num')");
        // Version 18 computes columns when they are read.
        let names: &[&str] = match version[0].parse::<u32>().unwrap() {
            180_000.. => &["postgres"],
            _ => &["postgres", "postgres before 18"],
        };
        run::<B>(names, Some(&format!("{}/postgres", server.url)));
    }
}

#[test]
fn mysql() {
    on_mysql::<Mysql>();
}

#[test]
fn mysql_in_sessions_that_others_can_join() {
    on_mysql::<migrate_sqlx::Mysql>();
}

fn on_mysql<B: Backend>() {
    if let Some(server) = servers::mysql() {
        let database = server.database();
        let names = match database.is_mariadb() {
            true => &["mysql", "mariadb"][..],
            false => &["mysql"],
        };
        run::<B>(names, Some(&database.url));
    }
}

/// Tries branches in both orders, then runs all cases, and reports all that fail. The first name is the database's, the
/// others identify it further.
fn run<B: Backend>(names: &[&str], scratch_server: Option<&str>) {
    let database = names[0];
    merge_check::branches_conflict_where_their_order_matters::<B>(scratch_server);
    baseline::the_history_of_every_other_tool_is_understood::<B>(database, scratch_server);
    verify::each_fault_is_found::<B>(scratch_server);
    squash::a_range_becomes_one_revision::<B>(scratch_server);
    let mut problems = Vec::new();
    let mut empty = DatabaseFixture::<B>::new(scratch_server, &[]);
    for case in cases::all() {
        if case.only_on.is_some_and(|only| only != database) {
            continue;
        }
        let refused = names.iter().any(|name| case.refused_on.contains(name));
        let mut fixture = DatabaseFixture::<B>::new(scratch_server, &case.given);
        let result = if refused {
            fixture.refuses(&case)
        } else {
            let done = fixture.does(&case);
            done.and_then(|expected| empty.builds(&expected))
        };
        if !B::CAPABILITIES.transactional_ddl {
            empty = DatabaseFixture::new(scratch_server, &[]);
        }
        if let Err(problem) = result {
            problems.push(format!("{}: {problem}", case.name));
        }
    }
    assert!(problems.is_empty(), "{database}:\n{}", problems.join("\n"));
}
