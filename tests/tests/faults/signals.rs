//! SIGINT and SIGTERM: the first one ends the run after the revision that is running, the second one ends the process.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::servers::{ALL, Engine};
use crate::subject_process::text;

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
    engine.wait_for_second_revision();
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
            assert!(
                text(&output)
                    .contains("interrupted: the run ends after this revision; press Ctrl-C again"),
                "{}",
                text(&output)
            );
            let applied =
                "SELECT revision FROM migrate_revisions WHERE status = 'applied' ORDER BY sequence";
            assert_eq!(engine.query(applied), ["s1", "s2"], "{name}");
            let again = engine.runner(&["upgrade"]).output().unwrap();
            assert!(again.status.success(), "{name}: {}", text(&again));
            assert_eq!(engine.query(applied), ["s1", "s2", "s3"], "{name}");
        }
    }
}

#[test]
fn two_signals_end_the_process_and_the_next_run_resumes() {
    for name in ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        let output = interrupted(&engine, &["INT", "INT"]);
        assert_eq!(output.status.signal(), Some(2), "{name}: {}", text(&output));
        let again = engine.runner(&["upgrade"]).output().unwrap();
        assert!(again.status.success(), "{name}: {}", text(&again));
        let words = engine.query("SELECT word FROM log ORDER BY word");
        assert_eq!(words, migrate_tests::journal_revisions::WORDS, "{name}");
    }
}

/// Whether a process has its own way with SIGINT.
fn catches_interrupts(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = u64::from_str_radix(mask.unwrap().trim(), 16).unwrap();
    mask & 0b10 != 0
}

#[test]
fn one_signal_ends_a_run_that_waits_for_another() {
    for name in ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        // Killed at the end: what it does meanwhile is to hold the lock.
        let mut holder = engine
            .runner(&["upgrade"])
            .env("MIGRATE_FAULT", "before:step:1=sleep:60000")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("upgrade base -> s1"), "{line}");
        for (command, form) in [("upgrade", "-v"), ("downgrade", "--json")] {
            let child = engine
                .runner(&[command, form, "--lock-timeout", "50"])
                .spawn()
                .unwrap();
            let deadline = Instant::now() + Duration::from_secs(20);
            while !catches_interrupts(&child) {
                assert!(Instant::now() < deadline, "signals are never caught");
                thread::sleep(Duration::from_millis(20));
            }
            send(&child, "INT");
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(130), "{name}: {}", text(&output));
            let output_text = text(&output);
            assert!(
                output_text.contains("nothing was changed"),
                "{name}: {output_text}"
            );
        }
        assert!(holder.try_wait().unwrap().is_none(), "{name}");
        holder.kill().unwrap();
        holder.wait().unwrap();
    }
}
