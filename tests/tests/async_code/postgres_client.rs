//! A PostgreSQL client on the threads of a runtime, where the driver itself would panic.

use std::time::Duration;

use migrate_runtime::v1::{Postgres, PostgresClient};
use migrate_runtime::{Error, Migrations};
use migrate_tests::revisions::linear_history;
use tokio::task;

use crate::engine::Engine as _;
use crate::runtimes;

fn one_revision() -> &'static Migrations<Postgres> {
    linear_history(&[(|op| op.execute("CREATE TABLE a (id INTEGER)"), |_| Ok(()))])
}

fn refused<T>(result: Result<T, Error>) {
    let error = result.err().unwrap();
    assert_eq!(error.code(), "async_thread");
    assert!(error.help().unwrap().contains("run(url)"));
}

async fn connected_elsewhere(url: &str) -> PostgresClient {
    let url = url.to_owned();
    let opened = task::spawn_blocking(move || PostgresClient::connect(&url));
    opened.await.unwrap().unwrap()
}

#[test]
fn a_call_in_a_task_is_an_error_and_the_client_can_be_dropped() {
    for (name, start) in runtimes::TOKIO {
        let Some(database) = <Postgres>::database() else {
            return;
        };
        println!("{name}");
        let url = database.url.clone();
        start(Box::pin(async move {
            refused(PostgresClient::connect(&url));
            let mut client = connected_elsewhere(&url).await;
            refused(one_revision().is_current(&mut client));
            refused(one_revision().status(&mut client));
            refused(one_revision().upgrade(&mut client));
            refused(one_revision().downgrade(&mut client, "base"));
            refused(one_revision().stamp(&mut client, &["head"]));
            drop(client);
            drop(PostgresClient::from(
                connected_elsewhere(&url).await.into_client(),
            ));
            assert!(task::coop::has_budget_remaining());
        }));
    }
}

#[test]
fn a_call_where_blocking_is_allowed_works() {
    let Some(database) = <Postgres>::database() else {
        return;
    };
    let work = |url: &str| {
        let mut client = PostgresClient::connect(url).unwrap();
        one_revision().upgrade(&mut client).unwrap();
        assert!(one_revision().is_current(&mut client).unwrap());
    };
    for (name, start) in runtimes::TOKIO {
        println!("{name}");
        let url = database.url.clone();
        start(Box::pin(async move {
            let here = url.clone();
            task::spawn_blocking(move || work(&here)).await.unwrap();
            let thread = std::thread::spawn(move || work(&url));
            thread.join().unwrap();
        }));
    }
    let url = database.url.clone();
    (runtimes::TOKIO[0].1)(Box::pin(async move { task::block_in_place(|| work(&url)) }));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    work(&database.url);
}

#[test]
fn a_client_closes_its_connection_although_it_is_dropped_in_a_task() {
    let Some(database) = <Postgres>::database() else {
        return;
    };
    let url = database.url.clone();
    let mut watcher = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    (runtimes::TOKIO[1].1)(Box::pin(
        async move { drop(connected_elsewhere(&url).await) },
    ));
    let others = "SELECT count(*) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let closed = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        watcher.query_one(others, &[]).unwrap().get::<_, i64>(0) == 0
    });
    assert!(closed);
}

#[test]
fn a_client_can_be_dropped_with_its_runtime() {
    let Some(database) = <Postgres>::database() else {
        return;
    };
    for mut builder in [
        tokio::runtime::Builder::new_multi_thread(),
        tokio::runtime::Builder::new_current_thread(),
    ] {
        let runtime = builder.build().unwrap();
        let url = database.url.clone();
        runtime.block_on(async move {
            let client = connected_elsewhere(&url).await;
            let held = tokio::spawn(async move {
                let _client = client;
                std::future::pending::<()>().await;
            });
            task::yield_now().await;
            assert!(!held.is_finished());
        });
        drop(runtime);
    }
}
