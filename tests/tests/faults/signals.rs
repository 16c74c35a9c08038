//! SIGINT and SIGTERM: the first one ends the run after the revision that is running, the second one ends the process.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use crate::engines::{ALL, Engine};
use crate::patient::text;

pub(crate) fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Starts an upgrade that sleeps in its second revision, waits until it does, and sends it signals.
fn interrupted(engine: &Engine, signals: &[&str]) -> Output {
    let child = engine
        .runner(&["upgrade"])
        .env("MIGRATE_FAULT", "before:step:2=sleep:3000")
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let begun = "SELECT revision FROM migrate_revisions WHERE revision = 's2'";
    while engine.strings("migrate_revisions", begun).is_empty() {
        assert!(Instant::now() < deadline, "the second revision never began");
        thread::sleep(Duration::from_millis(50));
    }
    for signal in signals {
        send(&child, signal);
        thread::sleep(Duration::from_millis(200));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn one_signal_ends_the_run_after_the_revision_that_is_running() {
    for name in ALL {
        for signal in ["INT", "TERM"] {
            let Some(engine) = Engine::new(name) else {
                continue;
            };
            let output = interrupted(&engine, &[signal]);
            assert_eq!(output.status.code(), Some(130), "{name}: {}", text(&output));
            assert!(
                text(&output).contains("done before and kept: `s1`, `s2`"),
                "{}",
                text(&output)
            );
            let applied =
                "SELECT revision FROM migrate_revisions WHERE status = 'applied' ORDER BY position";
            assert_eq!(engine.query(applied), ["s1", "s2"], "{name}");
            let again = engine.runner(&["upgrade"]).output().unwrap();
            assert!(again.status.success(), "{name}: {}", text(&again));
            assert_eq!(engine.query(applied), ["s1", "s2", "s3"], "{name}");
        }
    }
}

#[test]
fn two_signals_end_the_process_and_the_next_run_goes_on() {
    for name in ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        let output = interrupted(&engine, &["INT", "INT"]);
        assert_eq!(output.status.signal(), Some(2), "{name}: {}", text(&output));
        let again = engine.runner(&["upgrade"]).output().unwrap();
        assert!(again.status.success(), "{name}: {}", text(&again));
        let words = engine.query("SELECT word FROM log ORDER BY word");
        assert_eq!(
            words,
            ["changed", "created", "doubled", "renamed"],
            "{name}"
        );
    }
}
