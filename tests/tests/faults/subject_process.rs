//! The subject: a SQLite file, the runner of the faulty revisions, and what must be true of the file afterwards.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) use migrate_tests::runner_fixture::text;
use rusqlite::Connection;
use tempfile::TempDir;

/// The five revisions, oldest first.
pub(crate) const ALL: [&str; 5] = ["f1", "f2", "f3", "f4", "f5"];

/// The runner's binary.
pub(crate) const RUNNER: &str = env!("CARGO_BIN_EXE_faulty-migrate");

/// A folder of its own with a database in it.
pub(crate) struct SubjectProcess {
    pub(crate) folder: TempDir,
}

impl SubjectProcess {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("patient.db")
    }

    pub(crate) fn runner(&self, arguments: &[&str]) -> Command {
        runner(Path::new(RUNNER), &self.path(), arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.runner(arguments).output().unwrap()
    }

    pub(crate) fn run_with_fault(&self, fault: &str, arguments: &[&str]) -> Output {
        self.runner(arguments)
            .env("MIGRATE_TEST_FAULT", fault)
            .output()
            .unwrap()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// The applied revisions; checks that the schema and the rows are exactly theirs.
    pub(crate) fn applied(&self) -> Vec<String> {
        if !self.path().exists() {
            return Vec::new();
        }
        let connection = self.connect();
        let check: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
        let tables = strings(
            &connection,
            "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
        );
        let has = |name: &str| tables.iter().any(|table| table == name);
        let mut applied = Vec::new();
        if has("migrate_revisions") {
            applied = strings(
                &connection,
                "SELECT revision FROM migrate_revisions ORDER BY revision",
            );
        }
        assert_eq!(
            applied,
            ALL[..applied.len()],
            "the applied revisions are the first ones"
        );
        let applied_are = |count: usize| applied.len() >= count;
        assert_eq!(has("accounts"), applied_are(1));
        assert_eq!(has("ledger"), applied_are(3));
        assert_eq!(has("accounts_currency"), applied_are(4));
        assert_eq!(has("notes"), applied_are(5));
        assert!(
            !tables.iter().any(|table| table.starts_with("_migrate")),
            "{tables:?}"
        );
        if has("accounts") {
            assert_eq!(
                strings(&connection, "SELECT revision FROM runs ORDER BY rowid"),
                applied,
                "each ran once"
            );
            let sum = |sql: &str| {
                connection
                    .query_row(sql, [], |row| row.get::<_, i64>(0))
                    .unwrap()
            };
            let ledger = if has("ledger") {
                sum("SELECT sum(amount) FROM ledger")
            } else {
                0
            };
            assert_eq!(
                sum("SELECT sum(balance) FROM accounts") + ledger,
                5_000,
                "no money is lost"
            );
        }
        applied
    }

    /// Upgrades without a fault and checks that everything exists.
    pub(crate) fn recover(&self) {
        let output = self.run(&["upgrade"]);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(self.applied(), ALL);
    }
}

/// The runner at `program`, on the database at `path`.
pub(crate) fn runner(program: &Path, path: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).arg("--database-url").arg(path);
    command
        .env_remove("DATABASE_URL")
        .env_remove("MIGRATE_TEST_FAULT")
        .env("NO_COLOR", "1");
    command
}

pub(crate) fn strings(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}
