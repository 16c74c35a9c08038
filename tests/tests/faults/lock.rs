//! The lock's own connection is lost while a revision runs outside transactions, and a second run starts: no step runs
//! twice.

use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::journal::check_applied;
use crate::servers::Engine;
use crate::subject_process::text;

/// Starts an upgrade that sleeps before a statement of its second revision, and waits until it sleeps.
fn sleeping(engine: &Engine, point: &str) -> Child {
    let first = engine
        .runner(&["upgrade"])
        .env("MIGRATE_FAULT", format!("{point}=sleep:3000"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    engine.wait_for_second_revision();
    thread::sleep(Duration::from_millis(500));
    first
}

/// The connection that holds the lock on PostgreSQL is idle while the revision runs on another.
#[test]
fn a_run_whose_lock_is_lost_on_postgresql_ends_before_another_one_starts() {
    let Some(engine) = Engine::new("postgres") else {
        return;
    };
    for point in [
        "before:op:9",
        "before:op:14",
        "after:note:14",
        "before:note:16",
    ] {
        engine.clear();
        let first = sleeping(&engine, point);
        // It is the younger one of the two.
        let ended = engine.query(
            "SELECT pg_terminate_backend(pid)::text FROM (SELECT a.pid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) \
             WHERE l.locktype = 'advisory' AND a.datname = current_database() ORDER BY a.backend_start DESC LIMIT 1) AS own",
        );
        assert_eq!(ended, ["true"], "{point}");
        let second = engine.runner(&["upgrade"]).spawn().unwrap();
        for child in [first, second] {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{point}: {}", text(&output));
        }
        check_applied(&engine, point);
    }
}

/// With all its connections lost, the first run reports it, and the second resumes after its last step.
#[test]
fn a_run_that_lost_its_connections_continues_or_stops_for_another() {
    for name in ["postgres", "mysql"] {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        for point in ["before:op:9", "after:note:14"] {
            engine.clear();
            let first = sleeping(&engine, point);
            match &engine {
                Engine::Mysql(database) => {
                    let of_the_run = database.strings(&format!(
                        "SELECT CAST(id AS CHAR) FROM information_schema.processlist WHERE db = '{}' AND id <> CONNECTION_ID()",
                        database.name
                    ));
                    for id in of_the_run {
                        database.run(&format!("KILL {id}"));
                    }
                }
                _ => {
                    engine.query(
                        "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity \
                         WHERE datname = current_database() AND pid <> pg_backend_pid()",
                    );
                }
            }
            let second = engine.runner(&["upgrade"]).spawn().unwrap();
            let first = first.wait_with_output().unwrap();
            let second = second.wait_with_output().unwrap();
            assert_eq!(
                first.status.code(),
                Some(1),
                "{name} {point}: {}",
                text(&first)
            );
            let output_text = text(&first);
            assert!(
                output_text.contains("run the command again")
                    || output_text.contains("continues after"),
                "{name} {point}: {output_text}"
            );
            assert!(second.status.success(), "{name} {point}: {}", text(&second));
            check_applied(&engine, &format!("{name} {point}"));
        }
    }
}

/// A run whose revision was taken over detects this before its next step, and keeps nothing of that.
#[test]
fn a_run_that_was_taken_over_runs_no_further_step() {
    for name in crate::servers::ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        // A SQLite file is free while it sleeps before a statement that no transaction holds.
        let point = if name == "sqlite" {
            "before:op:17"
        } else {
            "before:op:9"
        };
        let first = sleeping(&engine, point);
        // As another run does that resumes the revision.
        engine.run("UPDATE migrate_revisions SET journal = replace(journal, '\t', ' \t') WHERE revision = 's2'");
        let before = engine.query("SELECT journal FROM migrate_revisions WHERE revision = 's2'");
        let first = first.wait_with_output().unwrap();
        let output_text = text(&first);
        assert_eq!(first.status.code(), Some(1), "{name}: {output_text}");
        assert!(
            output_text.contains("another run has taken over the upgrade of revision `s2`"),
            "{name}: {output_text}"
        );
        assert!(
            output_text.contains("it waits until the other run has ended"),
            "{name}: {output_text}"
        );
        let after = engine.query("SELECT journal FROM migrate_revisions WHERE revision = 's2'");
        assert_eq!(before, after, "{name}");
    }
}
