//! PgBouncer in between: reading leaves nothing in the sessions of the application, and a run is refused before it sets
//! anything, unless the session is its own.

use std::process::{Command, Output};

use migrate_tests::runner_fixture::text;
use migrate_tests::servers::{self, Database, PgBouncer};
use postgres::{Client, NoTls};

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

struct Pooled {
    pooler: PgBouncer,
    database: Database,
}

impl Pooled {
    fn new(mode: &str, size: u32) -> Option<Pooled> {
        let server = servers::postgres()?;
        Some(Pooled {
            pooler: PgBouncer::new(server, mode, size)?,
            database: server.database(),
        })
    }

    fn url(&self) -> String {
        format!("{}/{}", self.pooler.url, self.database.name)
    }

    fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(RUNNER);
        command
            .args(arguments)
            .env("DATABASE_URL", url)
            .env("MIGRATE_SCRATCH_URL", &self.database.url)
            .env("NO_COLOR", "1")
            .env_remove("MIGRATE_TEST_FAULT");
        command
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Output {
        self.command(url, arguments).output().unwrap()
    }

    /// Opens as many sessions at the same time as the pool has, as an application would, and checks that each is as it
    /// was.
    fn check_sessions(&self, size: usize) {
        let mut clients: Vec<Client> = (0..size)
            .map(|_| Client::connect(&self.url(), NoTls).unwrap())
            .collect();
        for client in &mut clients {
            client
                .batch_execute("BEGIN; CREATE TEMPORARY TABLE mine (id int) ON COMMIT DROP")
                .unwrap();
            let answers = client
                .simple_query(
                    "SELECT current_setting('default_transaction_read_only') || current_setting('lock_timeout') \
                     || (SELECT count(*) FROM pg_prepared_statements) || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                )
                .unwrap();
            let row = answers.iter().find_map(|answer| match answer {
                postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            assert_eq!(row, Some("off000"));
        }
        for client in &mut clients {
            client.batch_execute("COMMIT").unwrap();
        }
    }
}

#[test]
fn reading_leaves_nothing_and_a_run_is_refused_in_transaction_mode() {
    for size in [1_usize, 5] {
        let Some(pooled) = Pooled::new("transaction", u32::try_from(size).unwrap()) else {
            return;
        };
        let url = pooled.url();
        // Before there is anything, and once there is.
        for direct in [None, Some(["upgrade", "p2", "-q"])] {
            if let Some(arguments) = direct {
                let output = pooled.run(&pooled.database.url, &arguments);
                assert!(output.status.success(), "{}", text(&output));
            }
            pooled.check_sessions(size);
            for arguments in [&["status"][..], &["current"], &["history"], &["dump"]] {
                let output = pooled.run(&url, arguments);
                assert!(output.status.success(), "{arguments:?}: {}", text(&output));
            }
            pooled.check_sessions(size);
            let writing = [
                &["upgrade"][..],
                &["upgrade"],
                &["stamp", "head"],
                &["downgrade", "-1"],
            ];
            // If nothing is recorded, there is nothing to downgrade.
            let goes_back = |arguments: &&&[&str]| direct.is_some() || arguments[0] != "downgrade";
            for arguments in writing.iter().filter(goes_back) {
                let output = pooled.run(&url, arguments);
                let output_text = text(&output);
                assert!(!output.status.success(), "{arguments:?}: {output_text}");
                assert!(
                    output_text.contains("a pooler in transaction mode")
                        && output_text.contains("use the URL of the server itself"),
                    "{arguments:?}: {output_text}"
                );
            }
            pooled.check_sessions(size);
        }
        // No lock blocks a direct connection.
        let output = pooled.run(&pooled.database.url, &["upgrade", "--lock-timeout", "2"]);
        assert!(output.status.success(), "{}", text(&output));
    }
}

#[test]
fn statement_mode_is_reported() {
    let Some(pooled) = Pooled::new("statement", 5) else {
        return;
    };
    for arguments in [&["status"][..], &["upgrade"], &["check"], &["dump"]] {
        let output = pooled.run(&pooled.url(), arguments);
        let output_text = text(&output);
        assert!(
            !output.status.success() && output_text.contains("a pooler in statement mode"),
            "{arguments:?}: {output_text}"
        );
    }
}

#[test]
fn two_concurrent_runs_are_both_refused_in_transaction_mode() {
    let Some(pooled) = Pooled::new("transaction", 5) else {
        return;
    };
    let url = pooled.url();
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = pooled.command(&url, &["upgrade"]);
            let command = command.stdout(std::process::Stdio::piped());
            command
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let output_text = text(&output);
        assert!(
            output_text.contains("a pooler in transaction mode"),
            "{output_text}"
        );
    }
    pooled.check_sessions(5);
    let tables = pooled
        .database
        .strings("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    assert!(tables.is_empty(), "{tables:?}");
}

#[test]
fn a_session_of_its_own_is_enough() {
    let Some(pooled) = Pooled::new("session", 5) else {
        return;
    };
    for arguments in [
        &["upgrade"][..],
        &["status"],
        &["downgrade", "-1"],
        &["upgrade"],
    ] {
        let output = pooled.run(&pooled.url(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    }
    let Some(single) = Pooled::new("session", 1) else {
        return;
    };
    let output = single.run(&single.url(), &["upgrade"]);
    let output_text = text(&output);
    assert!(
        !output.status.success() && output_text.contains("a run needs two"),
        "{output_text}"
    );
}
