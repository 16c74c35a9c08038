//! Databases of async tests.

use std::future::Future;
use std::pin::Pin;

use tokio::runtime::Builder;

use crate::engine::{Engine, History, create_table, on_each};

on_each! {
    async_code_creates_and_drops_a_database
}

type Job = Pin<Box<dyn Future<Output = String> + Send>>;

fn async_code_creates_and_drops_a_database<B: Engine>(name: &str) {
    if std::env::var_os("MIGRATE_SCRATCH_URL").is_none() && B::server().flatten().is_some() {
        println!("skipped: MIGRATE_SCRATCH_URL is not set");
        return;
    }
    let history = History::new::<B>(&format!("async_{name}"));
    let migrations = history.edited(&[create_table::<B>]);
    let job = || -> Job {
        Box::pin(async {
            let database = migrate_tools::test_database::create_async(migrations)
                .await
                .unwrap();
            assert!(migrations.ready(database.url()).await.unwrap());
            database.url().to_owned()
        })
    };
    let single = Builder::new_current_thread().build().unwrap();
    let url = single.block_on(job());
    assert!(!B::exists(&url));
    let threads = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let url = threads.block_on(async { tokio::spawn(job()).await.unwrap() });
    assert!(!B::exists(&url));
}
