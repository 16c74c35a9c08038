//! Processes that start together: all succeed, and each revision runs once.

use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::journal::check_applied;
use crate::servers::{self, Engine};
use crate::subject_process::{ALL, SubjectProcess, text};

fn race(processes: usize, journal: Option<&str>) {
    let subject = SubjectProcess::new();
    if let Some(journal) = journal {
        subject
            .connect()
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
    }
    let start = |_| {
        subject
            .runner(&["upgrade"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..processes).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(subject.applied(), ALL);
}

#[test]
fn two_processes_upgrade_at_the_same_time() {
    for _ in 0..10 {
        race(2, Some("delete"));
        race(2, Some("wal"));
    }
}

#[test]
fn eight_processes_upgrade_at_the_same_time() {
    for _ in 0..10 {
        race(8, Some("delete"));
        race(8, Some("wal"));
    }
}

#[test]
fn eight_processes_upgrade_a_file_that_does_not_exist_yet() {
    for _ in 0..10 {
        race(8, None);
    }
}

/// How often a race is run: `MIGRATE_TEST_ROUNDS`, else a few times.
fn rounds() -> u32 {
    let setting = std::env::var("MIGRATE_TEST_ROUNDS").ok();
    setting.map_or(3, |rounds| rounds.parse().unwrap())
}

fn together(engine: &Engine, count: usize) -> Vec<Output> {
    let children: Vec<Child> = (0..count)
        .map(|_| engine.runner(&["upgrade"]).spawn().unwrap())
        .collect();
    let ended = children.into_iter().map(Child::wait_with_output);
    ended.map(Result::unwrap).collect()
}

fn eight_processes_upgrade_at_once_on(name: &str) {
    let Some(engine) = Engine::new(name) else {
        return;
    };
    let started = Instant::now();
    for round in 1..=rounds() {
        engine.clear();
        for output in together(&engine, 8) {
            assert!(output.status.success(), "{name} {round}: {}", text(&output));
        }
        check_applied(&engine, name);
    }
    println!("{name}: {} rounds in {:.1?}", rounds(), started.elapsed());
}

#[test]
fn eight_processes_upgrade_steps_at_once_on_sqlite() {
    eight_processes_upgrade_at_once_on(servers::ALL[0]);
}

#[test]
fn eight_processes_upgrade_steps_at_once_on_postgresql() {
    eight_processes_upgrade_at_once_on(servers::ALL[1]);
}

#[test]
fn eight_processes_upgrade_steps_at_once_on_mariadb() {
    eight_processes_upgrade_at_once_on(servers::ALL[2]);
}

/// The older build does not know `s3`, which renames a table: beside it the older build must not run.
#[test]
fn an_older_and_a_newer_build_start_together_and_each_revision_runs_once() {
    for name in servers::ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        for round in 0..4 {
            engine.clear();
            let start = |revisions: &str| {
                let mut command = engine.runner(&["upgrade"]);
                command
                    .env("MIGRATE_TEST_REVISIONS", revisions)
                    .spawn()
                    .unwrap()
            };
            // Each is the first one in turns.
            let mut children = if round % 2 == 0 {
                vec![("2", start("2")), ("3", start("3"))]
            } else {
                vec![("3", start("3")), ("2", start("2"))]
            };
            for (revisions, child) in children.drain(..) {
                let output = child.wait_with_output().unwrap();
                match (revisions, output.status.code()) {
                    (_, Some(0)) => {}
                    ("2", Some(4)) => {
                        let message = "the database is newer than this build";
                        assert!(text(&output).contains(message), "{name}: {}", text(&output));
                    }
                    _ => panic!("{name} {revisions}: {}", text(&output)),
                }
            }
            check_applied(&engine, name);
        }
    }
}

#[test]
fn of_several_that_wait_one_takes_over_from_a_process_that_is_killed() {
    for name in servers::ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        let mut first = engine
            .runner(&["upgrade"])
            .env("MIGRATE_FAULT", "before:step:2=sleep:60000")
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let started = "SELECT revision FROM migrate_revisions WHERE revision = 's2'";
        while engine.strings("migrate_revisions", started).is_empty() {
            assert!(
                Instant::now() < deadline,
                "{name}: the second revision never began"
            );
            thread::sleep(Duration::from_millis(20));
        }
        let waiting: Vec<Child> = (0..4)
            .map(|_| engine.runner(&["upgrade"]).spawn().unwrap())
            .collect();
        thread::sleep(Duration::from_millis(500));
        let killed = Instant::now();
        first.kill().unwrap();
        first.wait().unwrap();
        for child in waiting {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{name}: {}", text(&output));
        }
        assert!(killed.elapsed() < Duration::from_secs(15), "{name}");
        check_applied(&engine, name);
    }
}
