//! Revisions outside transactions that mix everything, generated at random, and interrupted anywhere, several times:
//! in the end the database is as after one run without a fault.
//!
//! `MIGRATE_TEST_MIXES=N` runs N of them on each database, else it is some seconds' worth; `MIGRATE_TEST_SEED` gives
//! others.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use migrate_tests::mix;

use crate::servers::{ALL, Engine};
use crate::subject_process::text;

/// Numbers that look like chance, the same ones each time.
struct Chance(u64);

impl Chance {
    fn new() -> Chance {
        let setting = std::env::var("MIGRATE_TEST_SEED").ok();
        let seed: u64 = setting.map_or(1, |seed| seed.parse().unwrap());
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn letters(&mut self) -> String {
        let all: Vec<char> = mix::ALL.chars().collect();
        (0..3 + self.below(6)).map(|_| self.of(&all)).collect()
    }
}

/// What a run leaves, as far as revisions made it.
fn left(engine: &Engine) -> Vec<Vec<String>> {
    let indexes = match engine {
        Engine::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name",
        Engine::Postgres(_) => {
            "SELECT indexname::text || i.indisvalid FROM pg_indexes JOIN pg_index AS i ON i.indexrelid = indexname::regclass \
             WHERE schemaname = 'public' ORDER BY 1"
        }
        Engine::Mysql(_) => {
            "SELECT DISTINCT CONCAT(table_name, '.', index_name) FROM information_schema.statistics \
             WHERE table_schema = DATABASE() ORDER BY 1"
        }
    };
    let columns = |table: &str| match engine {
        Engine::Sqlite(_) => format!("SELECT name FROM pragma_table_info('{table}')"),
        Engine::Postgres(_) => format!(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY 1"
        ),
        Engine::Mysql(_) => format!(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() \
             AND table_name = '{table}' ORDER BY 1"
        ),
    };
    let number = |column: &str| match engine {
        Engine::Mysql(_) => format!("COALESCE(CAST({column} AS CHAR), '')"),
        _ => format!("COALESCE(CAST({column} AS text), '')"),
    };
    let mut all: Vec<Vec<String>> = ["SELECT word FROM log ORDER BY word", indexes]
        .iter()
        .map(|sql| engine.query(sql))
        .collect();
    all.push(engine.query(&columns("log")));
    for column in engine.query(&columns("items")) {
        all.push(engine.query(&format!(
            "SELECT {} FROM items ORDER BY id",
            number(&column)
        )));
    }
    all.push(engine.query(&format!("SELECT {} FROM notes ORDER BY id", number("id"))));
    all.push(engine.tables());
    all.push(engine.query("SELECT revision FROM migrate_revisions WHERE status = 'applied'"));
    all
}

fn upgrade(engine: &Engine, letters: &str) -> Command {
    let mut command = engine.runner(&["upgrade"]);
    command.env(mix::LETTERS, letters);
    command
}

fn clean(engine: &Engine, letters: &str) -> Vec<Vec<String>> {
    engine.clear();
    let output = upgrade(engine, letters).output().unwrap();
    assert!(output.status.success(), "{letters}: {}", text(&output));
    left(engine)
}

/// Something that happens to a run, and how it is reported when the test fails.
fn happens(engine: &Engine, letters: &str, chance: &mut Chance) -> (String, Output) {
    let mut command = upgrade(engine, letters);
    let end = letters.len();
    match chance.below(4) {
        0 => {
            let at = chance.below(end + 1);
            command.env(mix::FAILS_AT, at.to_string());
            (format!("fails at {at}"), command.output().unwrap())
        }
        1 => {
            let after = Duration::from_millis(chance.below(400) as u64);
            let mut child = command.spawn().unwrap();
            thread::sleep(after);
            child.kill().unwrap();
            (
                format!("killed after {after:?}"),
                child.wait_with_output().unwrap(),
            )
        }
        _ => {
            let point = chance.of(&["op", "note", "row", "commit"]);
            let (when, kind) = (
                chance.of(&["before", "after"]),
                chance.of(&["abort", "abort", "err"]),
            );
            // An error of a commit or of a row is one that the server would have to make.
            let kind = if matches!(point, "op" | "note") {
                kind
            } else {
                "abort"
            };
            let fault = format!("{when}:{point}:{}={kind}", 1 + chance.below(end * 3));
            command.env("MIGRATE_FAULT", &fault);
            (fault, command.output().unwrap())
        }
    }
}

/// Runs a revision to its end with things that happen on the way; returns how many did.
fn interrupted(engine: &Engine, letters: &str, chance: &mut Chance) -> usize {
    let expected = clean(engine, letters);
    engine.clear();
    let mut log = Vec::new();
    let mut cuts = 0;
    for _ in 0..1 + chance.below(3) {
        let (what, output) = happens(engine, letters, chance);
        log.push(format!("{what}: {}", text(&output)));
        if output.status.success() {
            break;
        }
        let died = output.status.signal().is_some();
        assert!(
            died || output.status.code() == Some(1),
            "{letters}: {log:#?}"
        );
        promised(engine, &text(&output), letters);
        cuts += 1;
    }
    let last = upgrade(engine, letters).output().unwrap();
    assert!(last.status.success(), "{letters}: {log:#?} {}", text(&last));
    assert_eq!(left(engine), expected, "{letters}: {log:#?}");
    cuts
}

/// What a failed run reports about its steps is true: as many are recorded.
fn promised(engine: &Engine, output_text: &str, letters: &str) {
    let will_resume = output_text.contains("the next run continues after");
    let status = "SELECT status FROM migrate_revisions";
    if will_resume {
        let status = engine.strings("migrate_revisions", status);
        assert_eq!(status, ["upgrade_failed"], "{letters}: {output_text}");
    }
}

fn mixes(name: &str) {
    let Some(engine) = Engine::new(name) else {
        return;
    };
    let limit = std::env::var("MIGRATE_TEST_MIXES").ok();
    let limit: Option<usize> = limit.map(|count| count.parse().unwrap());
    let (started, mut chance) = (Instant::now(), Chance::new());
    let (mut count, mut cuts) = (0, 0);
    while limit.map_or(started.elapsed() < Duration::from_secs(4), |limit| {
        count < limit
    }) {
        let letters = chance.letters();
        cuts += interrupted(&engine, &letters, &mut chance);
        count += 1;
    }
    println!(
        "{name}: {count} revisions, cut short {cuts} times, in {:.1?}",
        started.elapsed()
    );
}

#[test]
fn a_mix_interrupted_anywhere_ends_as_one_run_does_on_sqlite() {
    mixes(ALL[0]);
}

#[test]
fn a_mix_interrupted_anywhere_ends_as_one_run_does_on_postgresql() {
    mixes(ALL[1]);
}

#[test]
fn a_mix_interrupted_anywhere_ends_as_one_run_does_on_mariadb() {
    mixes(ALL[2]);
}
