//! `with-scratch` of a runner: the command that it runs, its environment, its end, and signals.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use migrate_runtime::v1::{Mysql, Postgres, Sqlite};
use migrate_tests::runner_fixture::{refused, text};
use tempfile::TempDir;

use crate::engine::Engine;

const RUNNER: &str = env!("CARGO_BIN_EXE_steps-migrate");

/// A directory without a database, and the variables of a server.
struct Fixture {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Fixture {
    fn sqlite() -> Fixture {
        Fixture {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![("DATABASE_URL", "sqlite:app.db".to_owned())],
        }
    }

    /// Returns one on a server, if there is one. The named database does not exist.
    fn server<B: Engine>() -> Option<Fixture> {
        let url = B::server()?.unwrap().into_string().unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        let url = format!("{server}/missing");
        Some(Fixture {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![("DATABASE_URL", url)],
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(RUNNER);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("MIGRATE_SCRATCH_URL")
            .env_remove("MIGRATE_SCRATCH_URL_MYSQL")
            .env("NO_COLOR", "1")
            .envs(self.variables.clone());
        command
    }

    /// Runs a script of the shell on a scratch database.
    fn shell(&self, options: &[&str], script: &str) -> Output {
        let end = ["--", "sh", "-c", script];
        let arguments = [&["with-scratch"], options, &end].concat();
        self.command(&arguments).output().unwrap()
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap().trim()
}

#[test]
fn what_can_not_run_is_refused_and_leaves_nothing() {
    let fixture = Fixture::sqlite();
    let run = |arguments: &[&str]| {
        fixture
            .command(&[&["with-scratch"], arguments].concat())
            .output()
    };
    refused(
        &run(&["--", "no-such-program"]).unwrap(),
        1,
        "can't run no-such-program",
    );
    refused(
        &run(&["--at", "no_such", "--", "true"]).unwrap(),
        1,
        "no_such",
    );
    refused(&run(&[]).unwrap(), 2, "COMMAND");
    refused(&run(&["true"]).unwrap(), 2, "-- ");
    refused(
        &run(&["--env", "A=B", "--", "true"]).unwrap(),
        2,
        "name of an environment variable",
    );
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 0);
}

#[test]
fn the_exit_code_is_that_of_the_command_and_the_database_is_dropped() {
    let fixture = Fixture::sqlite();
    let output = fixture.shell(
        &["--env", "OTHER"],
        "echo $DATABASE_FILE $DATABASE_URL $OTHER; exit 7",
    );
    assert_eq!(output.status.code(), Some(7), "{}", text(&output));
    let words: Vec<&str> = stdout(&output).split(' ').collect();
    let [file, url, other] = words[..] else {
        panic!("{words:?}")
    };
    assert_eq!(url, format!("sqlite://{file}"));
    assert_eq!(url, other);
    assert!(!Path::new(file).exists());
    assert!(!Path::new(file).parent().unwrap().exists());
    assert!(!fixture.folder.path().join("app.db").exists());
    let killed = fixture.shell(&[], "kill -KILL $$");
    assert_eq!(killed.status.code(), Some(137), "{}", text(&killed));
}

#[test]
fn the_command_finds_the_target_and_may_keep_the_database() {
    let fixture = Fixture::sqlite();
    let script = "cp $DATABASE_FILE copy.db; echo $DATABASE_FILE";
    let tables = || {
        let copy = rusqlite::Connection::open(fixture.folder.path().join("copy.db")).unwrap();
        let sql = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrate_revisions'";
        copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let applied = || {
        let copy = rusqlite::Connection::open(fixture.folder.path().join("copy.db")).unwrap();
        let sql = "SELECT COUNT(*) FROM migrate_revisions";
        copy.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    fixture.shell(&["--at", "s1"], script);
    assert_eq!(applied(), 1);
    let output = fixture.shell(&["--keep"], script);
    assert!(applied() > 1);
    assert!(
        text(&output).contains("the scratch database is kept: sqlite://"),
        "{}",
        text(&output)
    );
    let file = Path::new(stdout(&output));
    assert!(file.exists());
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    let output = fixture.shell(&["--at", "base"], "cp $DATABASE_FILE copy.db");
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(tables(), 0);
}

#[test]
fn psql_needs_no_argument() {
    let Some(fixture) = Fixture::server::<Postgres>() else {
        return;
    };
    let query = "SELECT current_database() || ' ' || count(*) FROM migrate_revisions";
    let psql = ["with-scratch", "--", "psql", "-XAtc", query];
    let output = fixture.command(&psql).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let (name, count) = stdout(&output).split_once(' ').unwrap();
    assert!(name.starts_with("cargo_migrate_scratch_"), "{name}");
    assert!(count.parse::<u32>().unwrap() > 1);
    let output = fixture.shell(
        &[],
        "echo $DATABASE_URL; psql -X \"$DATABASE_URL\" -c 'SELECT nothing'",
    );
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(!Postgres::exists(stdout(&output)), "{}", text(&output));
}

#[test]
fn a_client_of_mariadb_uses_the_url() {
    let Some(fixture) = Fixture::server::<Mysql>() else {
        return;
    };
    let output = fixture.shell(&[], "echo $DATABASE_URL");
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        stdout(&output).contains("/cargo_migrate_scratch_"),
        "{}",
        text(&output)
    );
    assert!(!Mysql::exists(stdout(&output)));
}

/// Runs a command that waits, sends a signal to the runner or, as a terminal does, to all its processes.
fn signalled<B: Engine>(fixture: &Fixture, signal: &str, to_group: bool) {
    let script =
        "trap 'echo ended; exit 3' INT TERM; echo $DATABASE_URL; while :; do sleep 0.05; done";
    let mut command = fixture.command(&["with-scratch", "--", "sh", "-c", script]);
    let mut child = command
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    assert!(B::exists(&url), "{url}");
    let id = format!("{}{}", if to_group { "-" } else { "" }, child.id());
    let kill = Command::new("kill")
        .args(["-s", signal, "--", &id])
        .status()
        .unwrap();
    assert!(kill.success());
    assert_eq!(lines.next().unwrap().unwrap(), "ended");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(!B::exists(&url), "{url}");
}

#[test]
fn a_signal_ends_the_command_and_drops_the_database() {
    signalled::<Sqlite>(&Fixture::sqlite(), "INT", true);
    signalled::<Sqlite>(&Fixture::sqlite(), "TERM", false);
    if let Some(fixture) = Fixture::server::<Postgres>() {
        signalled::<Postgres>(&fixture, "INT", true);
    }
    if let Some(fixture) = Fixture::server::<Mysql>() {
        signalled::<Mysql>(&fixture, "TERM", false);
    }
}
