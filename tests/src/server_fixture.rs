//! A database of its own, and operations run in it as revisions run.

use std::time::Duration;

use migrate_engine::backend::{Backend, MigrationRun, UnitError, UnitScope};
use migrate_runtime::v1::{Error, Mysql, MysqlClient, Op, Postgres, PostgresClient, Result};
use migrate_schema::schema::Schema;

use crate::servers;

/// How long a fixture waits for locks.
pub const WAIT: Duration = Duration::from_secs(10);

/// A backend whose databases are on a server.
pub trait OnServer: Backend {
    /// A database of one test, dropped with this value.
    type Database;

    /// Creates a fixture; `None` if there is no server.
    fn database() -> Option<Self::Database>;

    /// Connects to it.
    fn client(database: &Self::Database) -> Self::Client;
}

impl OnServer for Postgres {
    type Database = servers::Database;

    fn database() -> Option<servers::Database> {
        servers::postgres().map(servers::Server::database)
    }

    fn client(database: &servers::Database) -> PostgresClient {
        PostgresClient::connect(&database.url).unwrap()
    }
}

impl OnServer for Mysql {
    type Database = servers::MysqlDatabase;

    fn database() -> Option<servers::MysqlDatabase> {
        servers::mysql().map(servers::MysqlServer::database)
    }

    fn client(database: &servers::MysqlDatabase) -> MysqlClient {
        MysqlClient::connect(&database.url).unwrap()
    }
}

/// A client and the database that it is connected to.
pub struct ServerFixture<B: OnServer> {
    /// The client.
    pub client: B::Client,
    /// The database.
    pub database: B::Database,
}

impl<B: OnServer> ServerFixture<B> {
    /// `None` if there is no server.
    pub fn new() -> Option<ServerFixture<B>> {
        let database = B::database()?;
        let client = B::client(&database);
        Some(ServerFixture { client, database })
    }

    /// Runs `work` as a revision and commits it.
    pub fn run<R>(&mut self, work: impl FnOnce(&mut Op<'_, B>) -> Result<R>) -> Result<R, String> {
        let mut run = B::begin_run(&mut self.client, WAIT, "migrate_revisions").unwrap();
        run.begin().unwrap();
        let done = run.unit(UnitScope::Savepoint, work);
        if done.is_ok() {
            run.commit().unwrap();
        }
        done.map_err(describe_failure)
    }

    /// Runs `work` as a revision outside a transaction.
    pub fn run_non_transactional(
        &mut self,
        work: impl FnOnce(&mut Op<'_, B>) -> Result<()>,
    ) -> Result<(), String> {
        let mut run = B::begin_run(&mut self.client, WAIT, "migrate_revisions").unwrap();
        run.unit(UnitScope::Autocommit, work)
            .map_err(describe_failure)
    }

    /// Inspects the database.
    pub fn schema(&mut self) -> Schema {
        let read = B::read(B::reader(&mut self.client), WAIT, |op| Ok(op.schema()));
        read.unwrap().unwrap()
    }

    /// Runs `up` and looks at the schema, then `down`, after which it is as before.
    pub fn there_and_back(
        &mut self,
        up: impl FnOnce(&mut Op<'_, B>) -> Result<()>,
        down: impl FnOnce(&mut Op<'_, B>) -> Result<()>,
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

fn describe_failure(error: UnitError<Error>) -> String {
    match error {
        UnitError::Work(error) => error.to_string(),
        UnitError::TransactionEscaped { what, .. } => format!("escaped: {what}"),
        UnitError::Database(error) => error.to_string(),
    }
}
