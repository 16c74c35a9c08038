//! Backups by the server's own programs: checked before they start, without a visible password, restored completely or
//! not at all.

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use migrate_tests::runner_fixture::{RunnerFixture, path_with, program, refused, text};
use migrate_tests::servers::{self, Database};
use serde_json::Value;

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

/// A database of the ledger's, and a directory to run in.
struct Ledger {
    fixture: RunnerFixture,
    database: Database,
}

impl Deref for Ledger {
    type Target = RunnerFixture;

    fn deref(&self) -> &RunnerFixture {
        &self.fixture
    }
}

impl Ledger {
    fn new(target: &str) -> Option<Ledger> {
        let database = servers::postgres()?.database();
        let fixture = RunnerFixture::new(RUNNER, &database.url, target);
        Some(Ledger { fixture, database })
    }

    /// Everything that `pg_dump` writes of the database, but its own random keys.
    fn content(&self) -> String {
        let output = Command::new("pg_dump")
            .args(["--dbname", &self.database.url])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text
            .lines()
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn a_program_that_is_missing_or_too_old_is_reported_before_anything_starts() {
    let Some(fixture) = Ledger::new("head") else {
        return;
    };
    let empty = tempfile::tempdir().unwrap();
    let output = fixture
        .command(&["backup", "create"])
        .env("PATH", empty.path())
        .output()
        .unwrap();
    refused(&output, 1, "pg_dump: it can't be run");
    refused(&output, 1, "install the client programs of PostgreSQL");
    let old = program("pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'");
    let output = fixture
        .command(&["backup", "create"])
        .env("PATH", path_with(old.path()))
        .output()
        .unwrap();
    refused(
        &output,
        1,
        "its version is 9, and the version of the server is",
    );
    let unversioned = program("pg_dump", "echo hello");
    let output = fixture
        .command(&["backup", "create"])
        .env("PATH", path_with(unversioned.path()))
        .output()
        .unwrap();
    refused(&output, 1, "it does not print its version");
    assert_eq!(fixture.backups(), [] as [PathBuf; 0]);
}

#[test]
fn a_password_is_in_no_argument_and_in_no_output() {
    let Some(fixture) = Ledger::new("head") else {
        return;
    };
    let url =
        fixture
            .database
            .url
            .replacen("postgres://postgres@", "postgres://postgres:hunter2@", 1);
    assert_ne!(url, fixture.database.url, "the server is not postgres@");
    // It prints its arguments and its password, and fails.
    let script = "case $1 in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo \"args $* password $PGPASSWORD\" >&2; exit 1;; esac";
    let telltale = program("pg_dump", script);
    for more in [&[][..], &["--json"], &["-v"]] {
        let mut arguments = vec!["backup", "create"];
        arguments.extend(more);
        let output = fixture
            .command(&arguments)
            .env("DATABASE_URL", &url)
            .env("PATH", path_with(telltale.path()))
            .output()
            .unwrap();
        refused(&output, 1, "--format=custom");
        refused(&output, 1, "password ***");
        assert!(!text(&output).contains("hunter2"), "{}", text(&output));
    }
    assert_eq!(fixture.backups(), [] as [PathBuf; 0]);
    let output = fixture
        .command(&["backup", "create", "--json"])
        .env("DATABASE_URL", &url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let file = fixture.backups().remove(0);
    for command in [
        &["backup", "list"][..],
        &["backup", "restore", "latest"],
        &["backup", "restore", "latest", "--yes", "-v"],
        &["deploy"],
    ] {
        let output = fixture
            .command(command)
            .env("DATABASE_URL", &url)
            .output()
            .unwrap();
        assert!(!text(&output).contains("hunter2"), "{}", text(&output));
    }
    assert!(!file.to_str().unwrap().contains("hunter2"));
    assert!(!String::from_utf8_lossy(&fs::read(file).unwrap()).contains("hunter2"));
}

#[test]
fn a_backup_is_restored_without_later_changes() {
    let Some(fixture) = Ledger::new("p2") else {
        return;
    };
    fixture.database.run(
        "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE SCHEMA side; CREATE TABLE side.\"Odd name\" (m mood, n serial);
         INSERT INTO side.\"Odd name\" VALUES ('glad'), (NULL); COMMENT ON TABLE side.\"Odd name\" IS 'a\nb';
         CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * n';
         CREATE VIEW doubled AS SELECT twice(1) AS two; CREATE EXTENSION IF NOT EXISTS pg_trgm",
    );
    let before = fixture.content();
    let file = fixture
        .folder
        .path()
        .join(fixture.run(&["backup", "create"]));
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    assert!(file.to_str().unwrap().ends_with("-p2.pgdump"), "{file:?}");
    let listed: Value = serde_json::from_str(&fixture.run(&["backup", "list", "--json"])).unwrap();
    assert_eq!(listed["backups"][0]["current"][0], "p2");
    assert_eq!(listed["backups"][0]["valid"], true);

    fixture.run(&["upgrade", "-q"]);
    fixture.database.run(
        "CREATE SCHEMA later; CREATE TABLE later.t (id integer); CREATE TABLE stray (id serial PRIMARY KEY);
         CREATE TABLE child (id integer REFERENCES stray); CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;
         CREATE TYPE later_type AS (a integer); CREATE DOMAIN d AS text; DELETE FROM side.\"Odd name\";
         CREATE FUNCTION stray() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE PUBLICATION stray_publication",
    );
    let after = fixture.content();
    refused(
        &fixture.output(&["backup", "restore", "latest"]),
        1,
        "the restore was not confirmed",
    );
    assert_eq!(fixture.content(), after);
    let document: Value =
        serde_json::from_str(&fixture.run(&["backup", "restore", "latest", "--yes", "--json"]))
            .unwrap();
    assert_eq!(fixture.content(), before);
    let kept = document["kept"].as_str().unwrap();
    assert!(kept.ends_with("-p4.replaced.pgdump"), "{kept}");
    fixture.run(&["backup", "restore", kept, "--yes", "--no-keep"]);
    assert_eq!(fixture.content(), after);
}

/// Byte for byte the output of `pg_dump`, whatever was changed, dropped or created in between.
#[test]
fn an_object_of_every_kind_is_restored() {
    let Some(fixture) = Ledger::new("p2") else {
        return;
    };
    fixture.database.run(include_str!("objects.sql"));
    let before = fixture.content();
    fixture.run(&["backup", "create"]);
    fixture.database.run(include_str!("objects_changed.sql"));
    let changed = fixture.content();
    assert_ne!(changed, before);
    let document: Value =
        serde_json::from_str(&fixture.run(&["backup", "restore", "latest", "--yes", "--json"]))
            .unwrap();
    assert_eq!(fixture.content(), before);
    // And the contents in between.
    let kept = document["kept"].as_str().unwrap();
    fixture.run(&["backup", "restore", kept, "--yes", "--no-keep"]);
    assert_eq!(fixture.content(), changed);
}

#[test]
fn a_database_with_a_subscription_is_refused_before_anything_is_done() {
    let Some(fixture) = Ledger::new("p2") else {
        return;
    };
    fixture.run(&["backup", "create"]);
    fixture.database.run(
        "CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    );
    let output = fixture.output(&["backup", "restore", "latest", "--yes"]);
    fixture.database.run("DROP SUBSCRIPTION news");
    refused(&output, 1, "the database has the subscription `news`");
    assert_eq!(fixture.backups().len(), 1);
}

/// Returns the executable itself: the one of this name in Debian's `/usr/bin` is a script that must find its name
/// there.
fn pg_restore() -> Option<String> {
    let path = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("pg_restore"));
    found
        .find(|program| program.is_file())
        .map(|program| program.display().to_string())
}

#[test]
fn an_invalid_backup_leaves_the_database_as_it_was() {
    let Some(fixture) = Ledger::new("head") else {
        return;
    };
    let file = fixture
        .folder
        .path()
        .join(fixture.run(&["backup", "create"]));
    let before = fixture.content();
    let bytes = fs::read(&file).unwrap();
    for (name, message) in [
        (fixture.make("empty", b""), "it is empty"),
        (
            fixture.make("text", b"CREATE TABLE t (id integer);"),
            "it is not in the format of `pg_dump",
        ),
        (
            fixture.make("cut", &bytes[..bytes.len() - 30]),
            "it is damaged",
        ),
        (".".to_owned(), "it is a directory"),
    ] {
        refused(
            &fixture.output(&["backup", "restore", &name, "--yes"]),
            1,
            message,
        );
    }
    // A reader's transaction blocks: the wait is bounded, and everything is rolled back.
    let mut reader = fixture.database.connect();
    reader
        .batch_execute("BEGIN; SELECT * FROM accounts")
        .unwrap();
    let output = fixture.output(&[
        "backup",
        "restore",
        "latest",
        "--yes",
        "--lock-timeout",
        "1",
    ]);
    refused(&output, 5, "locked");
    reader.batch_execute("COMMIT").unwrap();
    assert_eq!(fixture.content(), before);
    // A reader of the backup that breaks off in the middle must not become a commit.
    if let Some(real) = pg_restore() {
        let script = format!(
            "case \"$*\" in *--file=-*--table*|*--version*) exec {real} \"$@\";; esac
             [ -e broken ] && {{ {real} \"$@\" | head -c 2000; exit 1; }}; touch broken; exec {real} \"$@\""
        );
        let broken = program("pg_restore", &script);
        let mut command = fixture.command(&["backup", "restore", "latest", "--yes", "--no-keep"]);
        let output = command
            .env("PATH", path_with(broken.path()))
            .output()
            .unwrap();
        refused(&output, 1, "the database is unchanged");
        assert_eq!(fixture.content(), before);
    }
}

/// A restore is killed while what it reads is half written: the end of its input is not a commit.
#[test]
fn a_restore_that_is_killed_leaves_the_database_as_it_was() {
    let (Some(fixture), Some(real)) = (Ledger::new("head"), pg_restore()) else {
        return;
    };
    fixture.run(&["backup", "create"]);
    fixture.database.run("CREATE TABLE later (id integer)");
    let before = fixture.content();
    let script = format!(
        "case \"$*\" in *--file=-*--table*|*--version*) exec {real} \"$@\";; esac
         [ -e looked ] && {{ {real} \"$@\" | head -c 3000; touch half; sleep 60; exit 0; }}; touch looked; exec {real} \"$@\""
    );
    let slow = program("pg_restore", &script);
    let mut child = fixture
        .command(&["backup", "restore", "latest", "--yes", "--no-keep"])
        .env("PATH", path_with(slow.path()))
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !fixture.folder.path().join("half").exists() {
        assert!(Instant::now() < deadline, "it never came to the middle");
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    // The server ends what it was doing for a client that has ended.
    let others = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while fixture.database.strings(others) != ["0"] {
        assert!(Instant::now() < deadline, "the restore still runs");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fixture.content(), before);
    fixture.run(&["backup", "restore", "latest", "--yes"]);
    assert!(
        fixture
            .database
            .strings("SELECT 1::text FROM pg_class WHERE relname = 'later'")
            .is_empty()
    );
}

#[test]
fn a_deployment_that_fails_is_restored() {
    let Some(fixture) = Ledger::new("p1") else {
        return;
    };
    let before = fixture.content();
    let output = fixture
        .command(&["deploy", "--yes"])
        .env("MIGRATE_TEST_FAULT", "error")
        .output()
        .unwrap();
    refused(&output, 1, "nothing was changed in the database");
    assert_eq!(fixture.content(), before);
    let output = fixture.output(&[
        "deploy",
        "--yes",
        "--health",
        "exit 7",
        "--health-timeout",
        "0.1",
    ]);
    refused(&output, 1, "was restored: the database is at p1 again");
    assert_eq!(fixture.content(), before);
    let output = fixture.output(&["deploy", "--yes", "--json"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        text(&output).contains("the schema matches the revisions"),
        "{}",
        text(&output)
    );
}
