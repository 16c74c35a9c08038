//! Processes: many at the same time, one that is killed, and what a runner prints.

use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migrate_tests::servers::{self, Database};

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

fn database() -> Option<Database> {
    servers::postgres().map(servers::Server::database)
}

fn runner(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(RUNNER);
    command
        .args(arguments)
        .env("DATABASE_URL", &database.url)
        .env("NO_COLOR", "1");
    command
        .env_remove("MIGRATE_TEST_FAULT")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn applied(database: &Database) -> Vec<String> {
    database.strings("SELECT revision FROM migrate_revisions ORDER BY sequence")
}

#[test]
fn eight_processes_upgrade_an_empty_database_at_the_same_time() {
    for _ in 0..10 {
        let Some(database) = database() else { return };
        let children: Vec<Child> = (0..8)
            .map(|_| runner(&database, &["upgrade"]).spawn().unwrap())
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output));
        }
        assert_eq!(applied(&database), ["p1", "p2", "p3", "p4"]);
        assert_eq!(
            database.strings("SELECT revision FROM runs ORDER BY revision"),
            ["p1", "p2", "p4"],
            "each ran once"
        );
    }
}

#[test]
fn a_process_that_is_killed_leaves_nothing_and_frees_its_lock() {
    let Some(database) = database() else { return };
    let mut child = runner(&database, &["upgrade"])
        .env("MIGRATE_TEST_FAULT", "sleep")
        .spawn()
        .unwrap();
    let sleeping = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
    let deadline = Instant::now() + Duration::from_secs(10);
    while database.connect().query(sleeping, &[]).unwrap().is_empty() {
        assert!(Instant::now() < deadline, "the revision never slept");
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let started = Instant::now();
    let output = runner(&database, &["upgrade", "--lock-timeout", "20"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(applied(&database), ["p1", "p2", "p3", "p4"]);
}

#[test]
fn a_process_that_aborts_in_a_revision_leaves_nothing_of_it() {
    let Some(database) = database() else { return };
    let output = runner(&database, &["upgrade"])
        .env("MIGRATE_TEST_FAULT", "abort")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert_eq!(applied(&database), ["p1"]);
    let output = runner(&database, &["upgrade"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        database.strings("SELECT sum(amount)::text FROM ledger"),
        ["3000"]
    );
}

#[test]
fn faults_of_a_revision_end_with_the_revision_before_it() {
    for (fault, message) in [
        ("error", "the bank is closed"),
        ("sql", "42P01"),
        ("panic", "it panicked: a balance of -1"),
        ("commit", "COMMIT"),
        ("rollback", "COMMIT or ROLLBACK"),
        ("swallow", "25P02"),
    ] {
        let Some(database) = database() else { return };
        let output = runner(&database, &["upgrade"])
            .env("MIGRATE_TEST_FAULT", fault)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{fault}: {}", text(&output));
        assert!(
            text(&output).contains(message),
            "{fault}: {}",
            text(&output)
        );
        assert_eq!(applied(&database), ["p1"], "{fault}");
        let left = database.strings(
            "SELECT relname::text FROM pg_class WHERE relname IN ('ledger', 'left_behind')",
        );
        assert_eq!(left, Vec::<String>::new(), "{fault}");
    }
}

#[test]
fn what_a_revision_sets_is_restored_before_its_row_is_written() {
    let Some(database) = database() else { return };
    let output = runner(&database, &["upgrade"])
        .env("MIGRATE_TEST_FAULT", "settings")
        .output()
        .unwrap();
    // The rest of that revision looks for its tables in the schema that it set.
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(applied(&database), ["p1"]);
}

#[test]
fn commands_that_read_write_nothing() {
    let Some(database) = database() else { return };
    for command in ["current", "status", "history"] {
        let output = runner(&database, &[command]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(
        database.strings(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn no_output_has_the_password() {
    let Some(database) = database() else { return };
    let with = |rest: &str| {
        database
            .url
            .replace('@', ":op%65nsesame@")
            .replace(&database.name, rest)
    };
    for url in [
        with(&database.name),
        with("nowhere"),
        with(&format!("{}?sslmode=require", database.name)),
        with("x@y"),
        with("x?opensesame=1"),
    ] {
        for command in [
            &["upgrade"][..],
            &["current", "--json"],
            &["status", "-v"],
            &["stamp", "head"],
        ] {
            let output = runner(&database, command)
                .env("DATABASE_URL", &url)
                .output()
                .unwrap();
            let output_text = text(&output);
            assert!(!output_text.contains("sesame"), "{url}: {output_text}");
        }
    }
}
