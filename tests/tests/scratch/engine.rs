//! Histories of one test, and what remains of their databases.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use migrate_engine::error::Error;
use migrate_engine::scratch_directory;
use migrate_runtime::v1::*;
use migrate_runtime::{Migrations, TestDatabase};
use migrate_tests::revisions::{self, Code};
use migrate_tests::servers;
use migrate_tools::test_database;

pub(crate) trait Engine: Backend<Client: Send> {
    /// Returns the server; `None` inside, if none is needed.
    fn server() -> Option<Option<OsString>>;

    /// Runs a statement on a connection of the application.
    fn run_sql(url: &str, sql: &str);

    /// Returns whether the database exists.
    fn exists(url: &str) -> bool {
        let admin = Self::database_admin(url.as_ref(), std::time::Duration::from_secs(5));
        admin.unwrap().exists().unwrap()
    }

    /// Returns the number of templates of a history, and removes them.
    fn take_templates(first: &str) -> usize;
}

impl Engine for Sqlite {
    fn server() -> Option<Option<OsString>> {
        Some(None)
    }

    fn run_sql(url: &str, sql: &str) {
        let file = url.strip_prefix("sqlite://").unwrap();
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    fn take_templates(_: &str) -> usize {
        // Files of the target directory may stay.
        1
    }
}

impl Engine for Postgres {
    fn server() -> Option<Option<OsString>> {
        let server = servers::postgres()?;
        Some(Some(format!("{}/postgres", server.url).into()))
    }

    fn run_sql(url: &str, sql: &str) {
        let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
        client.batch_execute(sql).unwrap();
    }

    fn take_templates(first: &str) -> usize {
        let url = std::env::var("MIGRATE_SCRATCH_URL").ok();
        let url = url.unwrap_or_else(|| format!("{}/postgres", servers::postgres().unwrap().url));
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let sql = "SELECT datname::text FROM pg_database WHERE shobj_description(oid, 'pg_database') = $1";
        let directory = scratch_directory::path();
        let directory = directory.display();
        let label = format!("test databases of {directory}, first revision `{first}`");
        let found = client.query(sql, &[&label]).unwrap();
        for row in &found {
            let name: String = row.get(0);
            assert!(name.starts_with("cargo_migrate_template_"), "{name}");
            let drop = format!("DROP DATABASE IF EXISTS {name}");
            client.batch_execute(&drop).unwrap();
        }
        found.len()
    }
}

impl Engine for Mysql {
    fn server() -> Option<Option<OsString>> {
        let server = servers::mysql()?;
        Some(Some(format!("{}/mysql", server.url).into()))
    }

    fn run_sql(url: &str, sql: &str) {
        use mysql::prelude::Queryable as _;
        let mut conn = mysql::Conn::new(mysql::Opts::from_url(url).unwrap()).unwrap();
        conn.query_drop(sql).unwrap();
    }

    fn take_templates(_: &str) -> usize {
        1
    }
}

/// Creates a test database on the tests' server.
pub(crate) fn create<B: Engine>(migrations: &Migrations<B>) -> Result<TestDatabase<B>, Error> {
    test_database::create(migrations, B::server().unwrap().as_deref())
}

/// A history of one test. Its templates are removed with this value.
pub(crate) struct History {
    pub(crate) first: String,
    clean: fn(&str) -> usize,
}

impl History {
    pub(crate) fn new<B: Engine>(test: &str) -> History {
        History {
            first: test.to_owned(),
            clean: B::take_templates,
        }
    }

    /// Returns its revisions; every call returns an edited form.
    pub(crate) fn edited<B: Engine>(&self, ups: &[Code<B>]) -> &'static Migrations<B> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut all = Vec::new();
        let mut before: &'static [&'static str] = &[];
        for (at, up) in ups.iter().enumerate() {
            let id: &'static str = match at {
                0 => self.first.clone().leak(),
                at => format!("{}_{at}", self.first).leak(),
            };
            let mut revision = revisions::revision(id, before, *up, |_| Ok(()));
            revision.header.checksum = format!("v1:{:x}", now.as_nanos()).leak();
            before = vec![id].leak();
            all.push(revision);
        }
        revisions::migrations(all)
    }

    /// Returns the number of templates on the server, and removes them.
    pub(crate) fn templates(&self) -> usize {
        (self.clean)(&self.first)
    }
}

impl Drop for History {
    fn drop(&mut self) {
        let _ = self.templates();
    }
}

/// Returns the directory of the databases in files.
pub(crate) fn files() -> PathBuf {
    scratch_directory::path().join("databases")
}

/// Creates a table and a row.
pub(crate) fn create_table<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    op.create_table("notes", |t| t.column(Column::new("id", Integer)))?;
    op.execute("INSERT INTO notes VALUES (1)")
}

/// Runs a test on every database that is available.
macro_rules! on_each {
    ($($test:ident)*) => { $(
        mod $test {
            use migrate_runtime::v1::{Mysql, Postgres, Sqlite};

            use crate::engine::Engine;

            #[test]
            fn on_sqlite() {
                super::$test::<Sqlite>("sqlite");
            }

            #[test]
            fn on_postgres() {
                if Postgres::server().is_some() {
                    super::$test::<Postgres>("postgres");
                }
            }

            #[test]
            fn on_mariadb() {
                if Mysql::server().is_some() {
                    super::$test::<Mysql>("mysql");
                }
            }
        }
    )* };
}
pub(crate) use on_each;
