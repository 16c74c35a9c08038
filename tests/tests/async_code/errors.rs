//! The errors of `run` and `ready`.

use std::future::IntoFuture as _;

use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_runtime::{Error, Migrations};
use migrate_tests::revisions::linear_history;

use crate::engine::Engine;
use crate::runtimes;

fn one_revision<B: Engine>() -> &'static Migrations<B> {
    linear_history(&[(|op| op.execute("CREATE TABLE a (id INTEGER)"), |_| Ok(()))])
}

/// Returns the errors of both calls, which must not contain the password.
fn errors<B: Engine>(url: &str) -> [Error; 2] {
    let migrations = one_revision::<B>();
    let run = runtimes::block_on(migrations.run(url).into_future());
    let ready = runtimes::block_on(migrations.ready(url).into_future());
    let errors = [run.unwrap_err(), ready.unwrap_err()];
    for error in &errors {
        let printed = format!("{error} {error:?} {:?} {:?}", error.help(), error.notes());
        assert!(!printed.contains("s3cret"), "{printed}");
    }
    errors
}

fn codes<B: Engine>(url: &str) -> [&'static str; 2] {
    errors::<B>(url).map(|error| error.code())
}

#[test]
fn an_invalid_url_is_an_error() {
    assert_eq!(
        codes::<Postgres>("mysql://u:s3cret@localhost/db"),
        ["invalid_url"; 2]
    );
    assert_eq!(
        codes::<Mysql>("postgres://u:s3cret@localhost/db"),
        ["invalid_url"; 2]
    );
    assert_eq!(
        codes::<Sqlite>("sqlite:a.db?nonsense=1"),
        ["invalid_url"; 2]
    );
}

#[test]
fn a_database_in_memory_is_refused() {
    for error in errors::<Sqlite>("sqlite::memory:") {
        assert_eq!(error.code(), "invalid_url");
        assert!(error.to_string().contains("in memory"), "{error}");
        assert!(error.help().unwrap().contains("`upgrade`"));
    }
}

#[test]
fn a_server_that_does_not_run_is_an_error() {
    let closed = "u:s3cret@127.0.0.1:1/db";
    let postgres = format!("postgres://{closed}");
    assert_eq!(codes::<Postgres>(&postgres), ["database_error"; 2]);
    assert_eq!(
        codes::<Mysql>(&format!("mysql://{closed}")),
        ["database_error"; 2]
    );
}

#[test]
fn a_wrong_password_is_an_error() {
    if let Some(database) = <Mysql>::database() {
        let (_, server) = database.url.split_once('@').unwrap();
        let url = format!("mysql://root:s3cret@{server}");
        assert_eq!(codes::<Mysql>(&url), ["database_error"; 2]);
    }
    if let Some(database) = <Postgres>::database() {
        let (_, server) = database.url.split_once('@').unwrap();
        let url = format!("postgres://nobody_has_this_name:s3cret@{server}");
        assert_eq!(codes::<Postgres>(&url), ["database_error"; 2]);
    }
}

#[test]
fn an_invalid_target_creates_no_database() {
    let database = <Sqlite>::database().unwrap();
    let run = one_revision::<Sqlite>().run(&database.url).target("zzzz");
    let error = runtimes::block_on(run.into_future()).unwrap_err();
    assert_eq!(error.code(), "unknown_revision");
    assert!(!std::path::Path::new(&database.url).exists());
}

fn failing<B: Engine>() {
    let Some(database) = B::database() else {
        return;
    };
    let migrations = linear_history::<B>(&[(
        |_| Err(migrate_runtime::v1::Error::msg("no luck")),
        |_| Ok(()),
    )]);
    let error = runtimes::block_on(migrations.run(&database.url).into_future()).unwrap_err();
    assert_eq!(error.code(), "migration_failed");
    assert!(error.to_string().ends_with("no luck"), "{error}");
    let panicking = linear_history::<B>(&[(|_| panic!("out of luck"), |_| Ok(()))]);
    let error = runtimes::block_on(panicking.run(&database.url).into_future()).unwrap_err();
    assert_eq!(error.code(), "migration_failed");
    assert!(
        error.to_string().ends_with("it panicked: out of luck"),
        "{error}"
    );
}

#[test]
fn a_failed_revision_is_an_error() {
    failing::<Sqlite>();
    failing::<Postgres>();
    failing::<Mysql>();
}
