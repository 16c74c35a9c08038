//! A database of one test on each backend.

use std::any::Any;
use std::time::Duration;

use migrate_engine::backend::{Access, MigrationRun, SessionMode, SqliteDriver};
use migrate_runtime::Migrations;
use migrate_runtime::v1::*;
use migrate_tests::servers;

/// A database, which is dropped with this value.
pub(crate) struct Database {
    pub(crate) url: String,
    _kept: Box<dyn Any + Send>,
}

pub(crate) trait Engine: Backend {
    /// Makes an empty database; `None`, with the reason printed, if there is no server for it.
    fn database() -> Option<Database>;
}

impl<D: SqliteDriver> Engine for Sqlite<D> {
    fn database() -> Option<Database> {
        let folder = tempfile::tempdir().unwrap();
        Some(Database {
            url: folder.path().join("app.db").display().to_string(),
            _kept: Box::new(folder),
        })
    }
}

impl<M: SessionMode> Engine for Postgres<M> {
    fn database() -> Option<Database> {
        let database = servers::postgres()?.database();
        Some(Database {
            url: database.url.clone(),
            _kept: Box::new(database),
        })
    }
}

impl<M: SessionMode> Engine for Mysql<M> {
    fn database() -> Option<Database> {
        let database = servers::mysql()?.database();
        Some(Database {
            url: database.url.clone(),
            _kept: Box::new(database),
        })
    }
}

const WAIT: Duration = Duration::from_secs(20);

/// Takes the lock of the revisions, to see that it is free, and returns the applied ones.
pub(crate) fn applied_once_unlocked<B: Engine>(
    migrations: &Migrations<B>,
    url: &str,
) -> Vec<String> {
    let client = B::open(url.as_ref(), Access::WriteExisting, WAIT).unwrap();
    let mut client = client.unwrap();
    let mut run = B::begin_run(&mut client, WAIT, "migrate_revisions").unwrap();
    run.begin().unwrap();
    run.rollback();
    drop(run);
    let status = migrations.status(B::reader(&mut client)).unwrap();
    let applied = status.applied.iter();
    applied.map(|row| row.revision.clone()).collect()
}
