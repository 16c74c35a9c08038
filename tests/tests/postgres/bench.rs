//! A database of its own, and operations run in it as revisions run.

use std::time::Duration;

use migrate_runtime::backend::{Backend, Run, Scope, UnitError};
use migrate_runtime::schema::Schema;
use migrate_runtime::v1::{Op, Postgres, PostgresClient, Result};
use migrate_tests::servers::{self, Database};

pub(crate) const WAIT: Duration = Duration::from_secs(10);

pub(crate) struct Bench {
    pub(crate) client: PostgresClient,
    pub(crate) database: Database,
}

impl Bench {
    /// `None` where there is no server.
    pub(crate) fn new() -> Option<Bench> {
        let database = servers::postgres()?.database();
        let client = PostgresClient::connect(&database.url).unwrap();
        Some(Bench { client, database })
    }

    /// Runs `work` as a revision and commits it.
    pub(crate) fn run<R>(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Postgres>) -> Result<R>,
    ) -> Result<R, String> {
        let mut run = Postgres::start(&mut self.client, WAIT, "migrate_revisions").unwrap();
        run.begin().unwrap();
        let done = run.unit(Scope::Revision, work);
        if done.is_ok() {
            run.commit().unwrap();
        }
        done.map_err(told)
    }

    /// Runs `work` as a revision outside a transaction.
    pub(crate) fn run_bare(
        &mut self,
        work: impl FnOnce(&mut Op<'_, Postgres>) -> Result<()>,
    ) -> Result<(), String> {
        let mut run = Postgres::start(&mut self.client, WAIT, "migrate_revisions").unwrap();
        run.unit(Scope::Bare, work).map_err(told)
    }

    pub(crate) fn schema(&mut self) -> Schema {
        let read = Postgres::read(&mut self.client, WAIT, |op| Ok(op.schema()));
        read.unwrap().unwrap()
    }

    /// Runs `up` and looks at the schema, then `down`, after which it is as before.
    pub(crate) fn there_and_back(
        &mut self,
        up: impl FnOnce(&mut Op<'_, Postgres>) -> Result<()>,
        down: impl FnOnce(&mut Op<'_, Postgres>) -> Result<()>,
    ) -> Schema {
        let before = self.schema();
        self.run(up).unwrap();
        let after = self.schema();
        assert_ne!(before, after, "`up` changes something");
        self.run(down).unwrap();
        let back = self.schema();
        assert_eq!(before.differences(&back), Vec::<String>::new());
        after
    }
}

fn told(error: UnitError<migrate_runtime::v1::Error>) -> String {
    match error {
        UnitError::Work(error) => error.to_string(),
        UnitError::Escaped { what, .. } => format!("escaped: {what}"),
        UnitError::Database(error) => error.to_string(),
    }
}
