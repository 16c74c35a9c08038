//! A database of a server and a directory to run its runner in, for tests of backups and deployments.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A runner, the database it works on, and the directory it is started in.
pub struct RunnerFixture {
    /// The directory.
    pub folder: TempDir,
    url: String,
    runner: &'static str,
}

impl RunnerFixture {
    /// Returns a fixture whose database is upgraded to `target`.
    pub fn new(runner: &'static str, url: &str, target: &str) -> RunnerFixture {
        let fixture = RunnerFixture {
            folder: tempfile::tempdir().unwrap(),
            url: url.to_owned(),
            runner,
        };
        fixture.run(&["upgrade", target, "-q"]);
        fixture
    }

    /// Returns a command of the runner.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.runner);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", &self.url)
            .env("MIGRATE_SCRATCH_URL", &self.url)
            .env_remove("MIGRATE_SCRATCH_URL_MYSQL")
            .env("NO_COLOR", "1")
            .env_remove("MIGRATE_FAULT")
            .env_remove("MIGRATE_TEST_FAULT");
        command
    }

    /// Runs the runner.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what must go well, and returns its standard output.
    ///
    /// # Panics
    ///
    /// If it did not.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Checks that the database is dumped as models, and as SQL that it is checked against; `table` is one of its
    /// tables, and `run` changes the database.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn check_dumps(&self, table: &str, run: impl FnOnce(&str)) {
        let models = self.run(&["dump", "--models"]);
        let mark = format!("#[model(table = \"{table}\")]");
        assert!(models.contains(&mark), "{models}");
        assert!(!models.contains("migrate_revisions"), "{models}");
        let check = || self.output(&["dump", "--check", "schema.sql"]);
        self.run(&["dump", "-o", "schema.sql"]);
        refused(&check(), 0, "schema.sql matches the schema");
        run(&format!("ALTER TABLE {table} ADD COLUMN later VARCHAR(9)"));
        refused(&check(), 3, "later");
        let models = self.run(&["dump", "--models"]);
        assert!(models.contains("pub later: Option<String>"), "{models}");
    }

    /// Returns the backups, sorted.
    pub fn backups(&self) -> Vec<PathBuf> {
        let Ok(found) = fs::read_dir(self.folder.path().join("backups")) else {
            return Vec::new();
        };
        let mut files: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Writes a file in the directory and returns its name.
    pub fn make(&self, name: &str, content: &[u8]) -> String {
        fs::write(self.folder.path().join(name), content).unwrap();
        name.to_owned()
    }
}

/// Everything that a process printed.
pub fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Checks that a process ended with this exit code and printed this message.
///
/// # Panics
///
/// If it did not.
#[track_caller]
pub fn refused(output: &Output, code: i32, message: &str) {
    assert_eq!(output.status.code(), Some(code), "{}", text(output));
    assert!(
        text(output).contains(message),
        "{message}: {}",
        text(output)
    );
}

/// Returns a directory with an executable of this name that runs `script`.
pub fn program(name: &str, script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Returns the search path with a directory in front.
pub fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}
