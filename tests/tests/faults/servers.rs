//! The databases that faults are injected on: the same checks on each.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migrate_tests::servers::{self, Database, MysqlDatabase};
use tempfile::TempDir;

pub(crate) const RUNNER: &str = env!("CARGO_BIN_EXE_steps-migrate");

/// A database of one test.
pub(crate) enum Engine {
    Sqlite(TempDir),
    Postgres(Database),
    Mysql(MysqlDatabase),
}

/// The names there are, for tables of tests.
pub(crate) const ALL: [&str; 3] = ["sqlite", "postgres", "mysql"];

impl Engine {
    /// Makes an empty database; `None`, with the reason printed, if there is no server for it.
    pub(crate) fn new(name: &str) -> Option<Engine> {
        Some(match name {
            "sqlite" => Engine::Sqlite(tempfile::tempdir().unwrap()),
            "mysql" => Engine::Mysql(servers::mysql()?.database()),
            _ => Engine::Postgres(servers::postgres()?.database()),
        })
    }

    fn path(folder: &TempDir) -> PathBuf {
        folder.path().join("steps.db")
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Engine::Sqlite(folder) => Engine::path(folder).display().to_string(),
            Engine::Postgres(database) => database.url.clone(),
            Engine::Mysql(database) => database.url.clone(),
        }
    }

    /// Makes it empty again.
    pub(crate) fn clear(&self) {
        match self {
            Engine::Sqlite(folder) => {
                for entry in std::fs::read_dir(folder.path()).unwrap() {
                    std::fs::remove_file(entry.unwrap().path()).unwrap();
                }
            }
            Engine::Mysql(database) => {
                database.run(&format!(
                    "DROP DATABASE {0}; CREATE DATABASE {0}",
                    database.name
                ));
            }
            Engine::Postgres(database) => {
                database.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            }
        }
    }

    /// Returns the first column of each row, a text; empty where the table is missing.
    pub(crate) fn strings(&self, table: &str, sql: &str) -> Vec<String> {
        if !self.tables().iter().any(|name| name == table) {
            return Vec::new();
        }
        self.query(sql)
    }

    /// Waits until a run has started its second revision.
    pub(crate) fn wait_for_second_revision(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let started = "SELECT revision FROM migrate_revisions WHERE revision = 's2'";
        while self.strings("migrate_revisions", started).is_empty() {
            assert!(Instant::now() < deadline, "the second revision never began");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn tables(&self) -> Vec<String> {
        self.query(match self {
            Engine::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
            Engine::Mysql(_) => {
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1"
            }
            Engine::Postgres(_) => {
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
            }
        })
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) {
        match self {
            Engine::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(Engine::path(folder)).unwrap();
                connection.execute_batch(sql).unwrap();
            }
            Engine::Postgres(database) => database.run(sql),
            Engine::Mysql(database) => database.run(sql),
        }
    }

    /// Returns the first column of each row; `None` where the database refuses, because something is not there now.
    pub(crate) fn try_query(&self, sql: &str) -> Option<Vec<String>> {
        match self {
            Engine::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(Engine::path(folder)).unwrap();
                let mut statement = connection.prepare(sql).ok()?;
                let rows = statement.query_map([], |row| row.get(0)).ok()?;
                rows.collect::<Result<_, _>>().ok()
            }
            Engine::Postgres(database) => {
                let rows = database.connect().query(sql, &[]).ok()?;
                Some(rows.iter().map(|row| row.get(0)).collect())
            }
            Engine::Mysql(database) => {
                use mysql::prelude::Queryable as _;
                database.connect().query(sql).ok()
            }
        }
    }

    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        match self {
            Engine::Sqlite(folder) => {
                let connection = rusqlite::Connection::open(Engine::path(folder)).unwrap();
                crate::subject_process::strings(&connection, sql)
            }
            Engine::Postgres(database) => database.strings(sql),
            Engine::Mysql(database) => database.strings(sql),
        }
    }

    /// Returns a command of the runner of the journal revisions.
    pub(crate) fn runner(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RUNNER);
        command
            .args(arguments)
            .env("DATABASE_URL", self.url())
            .env("NO_COLOR", "1")
            .env_remove("MIGRATE_FAULT")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
