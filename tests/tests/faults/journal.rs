//! A process that dies at any point of revisions outside transactions: the next run resumes where it stopped, and each
//! step runs exactly once.

use std::os::unix::process::ExitStatusExt;

use crate::servers::{ALL, Engine};
use crate::subject_process::text;

const SIGABRT: i32 = 6;

const POINTS: [&str; 5] = ["step", "op", "note", "row", "commit"];

/// Checks the database after all revisions are applied.
pub(crate) fn check_applied(engine: &Engine, fault: &str) {
    let applied = engine
        .query("SELECT revision FROM migrate_revisions WHERE status = 'applied' ORDER BY sequence");
    assert_eq!(applied, ["s1", "s2", "s3"], "{fault}");
    let words = engine.query("SELECT word FROM log ORDER BY word");
    assert_eq!(words, migrate_tests::journal_revisions::WORDS, "{fault}");
    let things = engine.query("SELECT note FROM things WHERE cost = 44 ORDER BY id");
    assert_eq!(things, ["seen"; 3], "{fault}");
    assert_eq!(
        engine.tables(),
        ["log", "migrate_revisions", "things"],
        "{fault}"
    );
}

fn check_downgraded(engine: &Engine, fault: &str) {
    assert_eq!(engine.tables(), ["migrate_revisions"], "{fault}");
    assert!(
        engine
            .query("SELECT revision FROM migrate_revisions")
            .is_empty(),
        "{fault}"
    );
}

/// Dies at every point that `command` reaches, and resumes with the same command; returns how often it died.
fn die_everywhere(
    engine: &Engine,
    command: &[&str],
    prepare: impl Fn(),
    check: impl Fn(&str),
) -> usize {
    let mut deaths = 0;
    for point in POINTS {
        for when in ["before", "after"] {
            // On a server a process takes its time: of two points with nothing between them one is enough.
            if when == "before" && !matches!((engine, point), (Engine::Sqlite(_), _) | (_, "op")) {
                continue;
            }
            for number in 1..500 {
                let fault = format!("{when}:{point}:{number}=abort");
                prepare();
                let output = engine
                    .runner(command)
                    .env("MIGRATE_FAULT", &fault)
                    .output()
                    .unwrap();
                if output.status.success() {
                    check(&fault);
                    break;
                }
                assert_eq!(
                    output.status.signal(),
                    Some(SIGABRT),
                    "{fault}: {}",
                    text(&output)
                );
                deaths += 1;
                let again = engine.runner(command).output().unwrap();
                assert!(again.status.success(), "{fault}: {}", text(&again));
                check(&fault);
            }
        }
    }
    deaths
}

fn dies_on_the_way_up(name: &str) {
    let Some(engine) = Engine::new(name) else {
        return;
    };
    let deaths = die_everywhere(
        &engine,
        &["upgrade"],
        || engine.clear(),
        |fault| check_applied(&engine, fault),
    );
    assert!(deaths > 60, "only {deaths} deaths");
}

fn dies_on_the_way_down(name: &str) {
    let Some(engine) = Engine::new(name) else {
        return;
    };
    let up = || {
        engine.clear();
        let output = engine.runner(&["upgrade"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    let deaths = die_everywhere(
        &engine,
        &["downgrade", "base", "--allow-data-loss"],
        up,
        |fault| check_downgraded(&engine, fault),
    );
    assert!(deaths > 40, "only {deaths} deaths");
}

#[test]
fn a_process_that_dies_at_any_point_of_an_upgrade_is_resumed_on_sqlite() {
    dies_on_the_way_up(ALL[0]);
}

#[test]
fn a_process_that_dies_at_any_point_of_an_upgrade_is_resumed_on_postgresql() {
    dies_on_the_way_up(ALL[1]);
}

#[test]
fn a_process_that_dies_at_any_point_of_a_downgrade_is_resumed_on_sqlite() {
    dies_on_the_way_down(ALL[0]);
}

#[test]
fn a_process_that_dies_at_any_point_of_a_downgrade_is_resumed_on_postgresql() {
    dies_on_the_way_down(ALL[1]);
}

#[test]
fn a_process_that_dies_at_any_point_of_an_upgrade_is_resumed_on_mariadb() {
    dies_on_the_way_up(ALL[2]);
}

#[test]
fn a_process_that_dies_at_any_point_of_a_downgrade_is_resumed_on_mariadb() {
    dies_on_the_way_down(ALL[2]);
}

/// Faults that a process survives: an error or a panic at any point is reported, and the next run resumes.
#[test]
fn an_error_or_a_panic_at_any_point_is_reported_and_resumed() {
    for name in ALL {
        let Some(engine) = Engine::new(name) else {
            continue;
        };
        for kind in ["err", "panic"] {
            // Around a revision's code only this crate's own runs, and a panic there is a bug.
            let points = if kind == "panic" {
                &["op", "note"][..]
            } else {
                &["step", "op", "note"]
            };
            for point in points {
                for (when, number) in [("before", 1), ("after", 2), ("before", 7), ("after", 9)] {
                    let fault = format!("{when}:{point}:{number}={kind}");
                    engine.clear();
                    let output = engine
                        .runner(&["upgrade"])
                        .env("MIGRATE_FAULT", &fault)
                        .output()
                        .unwrap();
                    let code = output.status.code();
                    if code != Some(0) {
                        assert_eq!(code, Some(1), "{name} {fault}: {}", text(&output));
                        let output_text = text(&output);
                        let (message, location) = match (kind, *point) {
                            ("panic", _) => ("it panicked: a fault was asked for", "failpoint.rs:"),
                            // Before a revision's first statement there is no line.
                            (_, "step") => (": a fault was asked for", "src/journal_revisions.rs"),
                            _ => (": a fault was asked for", "src/journal_revisions.rs:"),
                        };
                        assert!(
                            output_text.contains(message) && output_text.contains(location),
                            "{name} {fault}: {output_text}"
                        );
                        let again = engine.runner(&["upgrade"]).output().unwrap();
                        assert!(again.status.success(), "{name} {fault}: {}", text(&again));
                    }
                    check_applied(&engine, &format!("{name} {fault}"));
                }
            }
        }
    }
}
