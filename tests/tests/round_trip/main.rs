//! Random pairs of schemas, on each database there is: what the diff finds makes the second out of the first, with rows
//! in it; its reverse makes the first again.
//!
//! `PROPTEST_CASES` sets how many pairs are tried.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod fixture;
mod plan;
mod rows;
mod trip;

use migrate_runtime::v1::{Mysql, MysqlClient, Postgres, PostgresClient, Sqlite};
use migrate_tests::servers;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use fixture::DatabaseFixture;
use plan::{Flavour, pair};

/// Tries as many pairs as `PROPTEST_CASES` sets, else `cases`.
fn try_pairs(
    flavour: &'static Flavour,
    cases: u32,
    mut check: impl FnMut(&plan::Pair) -> Result<(), String>,
) {
    let config = Config {
        cases: match std::env::var_os("PROPTEST_CASES") {
            Some(_) => Config::default().cases,
            None => cases,
        },
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let check = std::cell::RefCell::new(&mut check);
    let result = TestRunner::new(config).run(&pair(flavour), |pair| {
        (check.borrow_mut())(&pair).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn sqlite_round_trips() {
    try_pairs(&plan::SQLITE, 64, |pair| {
        let mut fixture =
            DatabaseFixture::<Sqlite>::new(rusqlite::Connection::open_in_memory().unwrap());
        let mut fresh =
            DatabaseFixture::<Sqlite>::new(rusqlite::Connection::open_in_memory().unwrap());
        trip::there_and_back(&mut fixture, &mut fresh, pair)
    });
}

#[test]
fn postgres_round_trips() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let (one, other) = (server.database(), server.database());
    for database in [&one, &other] {
        let fast = format!(
            "ALTER DATABASE {} SET synchronous_commit = off",
            database.name
        );
        database.run(&fast);
    }
    let mut fixture = DatabaseFixture::<Postgres>::new(PostgresClient::connect(&one.url).unwrap());
    let mut fresh = DatabaseFixture::<Postgres>::new(PostgresClient::connect(&other.url).unwrap());
    try_pairs(&plan::POSTGRES, 8, |pair| {
        one.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        other.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        trip::there_and_back(&mut fixture, &mut fresh, pair)
    });
}

#[test]
fn mysql_round_trips() {
    let Some(server) = servers::mysql() else {
        return;
    };
    try_pairs(&plan::MYSQL, 8, |pair| {
        let (one, other) = (server.database(), server.database());
        let mut fixture = DatabaseFixture::<Mysql>::new(MysqlClient::connect(&one.url).unwrap());
        let mut fresh = DatabaseFixture::<Mysql>::new(MysqlClient::connect(&other.url).unwrap());
        trip::there_and_back(&mut fixture, &mut fresh, pair)
    });
}
