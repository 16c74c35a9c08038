//! Rebuild of a table of a million rows beside the same SQL by hand in the best order: copy, then index, then look at the
//! foreign keys.
//!
//! `cargo run --release --example rebuild_speed [ROWS] [ROUNDS]` prints the median of the ratios, and the most memory
//! that each side took. The two run in turn, each in a process of its own on a fresh copy of one database.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use migrate_runtime::v1::*;
use rusqlite::Connection;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let word = |at: usize| arguments.get(at).map(String::as_str);
    match (word(1), word(2)) {
        (Some("ours"), Some(path)) => side(path, ours),
        (Some("floor"), Some(path)) => side(path, floor),
        (rows, rounds) => {
            let number = |word: Option<&str>, default| {
                word.and_then(|word| word.parse().ok()).unwrap_or(default)
            };
            compare(number(rows, 1_000_000), number(rounds, 7));
        }
    }
}

const SCHEMA: &str = "CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, email TEXT, team INTEGER REFERENCES teams (id),
        age INTEGER CHECK (age >= 0), note TEXT COLLATE NOCASE);
    CREATE TABLE visits (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE);
    CREATE INDEX people_email ON people (email);
    CREATE INDEX people_team ON people (team, age DESC);
    CREATE INDEX visits_person ON visits (person);
    CREATE VIEW adults AS SELECT name, email FROM people WHERE age > 17;
    CREATE TRIGGER forget AFTER DELETE ON people BEGIN DELETE FROM visits WHERE person = old.id; END;
    WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 1000)
        INSERT INTO teams SELECT x, 'team ' || x FROM n;";

fn make(path: &Path, rows: u32) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch("BEGIN")?;
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(&format!(
        "WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < {rows})
            INSERT INTO people SELECT x, 'Name of person ' || x, 'm' || (x * 7919 % 1000003) || '@example.org', x % 1000 + 1,
                x % 90, 'a note of some length about person ' || x FROM n;
         INSERT INTO visits (person) SELECT id FROM people WHERE id % 4 = 0; COMMIT"
    ))
}

fn side(path: &str, run: fn(&Connection)) {
    let connection = Connection::open(path).expect("a database");
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .expect("foreign keys");
    let start = Instant::now();
    run(&connection);
    let time = start.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or("0");
    println!(
        "{} {}",
        time.as_micros(),
        peak.trim().trim_end_matches(" kB")
    );
}

fn ours(connection: &Connection) {
    connection
        .execute_batch("BEGIN IMMEDIATE; SAVEPOINT revision")
        .expect("a transaction");
    Op::<Sqlite>::new(connection)
        .alter_table("people", |t| {
            t.alter_column("name", |c| {
                c.kind(Text);
                c.default("nobody");
            });
        })
        .expect("a rebuild");
    connection
        .execute_batch("RELEASE revision; COMMIT")
        .expect("a commit");
}

fn floor(connection: &Connection) {
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN IMMEDIATE;
             CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'nobody' NOT NULL, email TEXT,
                team INTEGER REFERENCES teams (id), age INTEGER CHECK (age >= 0), note TEXT COLLATE NOCASE);
             INSERT INTO people_new (id, name, email, team, age, note) SELECT id, name, email, team, age, note FROM people;
             DROP TABLE people;
             ALTER TABLE people_new RENAME TO people;
             CREATE INDEX people_email ON people (email);
             CREATE INDEX people_team ON people (team, age DESC);
             CREATE TRIGGER forget AFTER DELETE ON people BEGIN DELETE FROM visits WHERE person = old.id; END;",
        )
        .expect("a rebuild");
    for table in ["people", "visits"] {
        let mut statement = connection
            .prepare(&format!("PRAGMA foreign_key_check({table})"))
            .expect("a check");
        assert!(!statement.exists([]).expect("an answer"));
    }
    connection
        .execute_batch("COMMIT; PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF")
        .expect("a commit");
}

fn compare(rows: u32, rounds: u32) {
    let folder = std::env::temp_dir().join(format!("rebuild-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (made, copy) = (folder.join("made.db"), folder.join("copy.db"));
    make(&made, rows).expect("a database");
    let run = |side: &str| -> (f64, u64) {
        std::fs::copy(&made, &copy).expect("a copy");
        // What the copy left to write is not to be timed.
        let _ = Command::new("sync").status();
        let program = std::env::current_exe().expect("this program");
        let output = Command::new(program)
            .arg(side)
            .arg(&copy)
            .output()
            .expect("a run");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words = text.split_whitespace();
        let mut next = || {
            words
                .next()
                .and_then(|word| word.parse::<u64>().ok())
                .unwrap_or(0)
        };
        (next() as f64 / 1e6, next())
    };
    let (mut ratios, mut our_times, mut floor_times, mut memory) =
        (Vec::new(), Vec::new(), Vec::new(), (0, 0));
    for round in 0..=rounds {
        // Who goes first changes, so that warmth helps both.
        let (mine, theirs) = if round % 2 == 0 {
            let mine = run("ours");
            (mine, run("floor"))
        } else {
            let theirs = run("floor");
            (run("ours"), theirs)
        };
        if round > 0 {
            ratios.push(mine.0 / theirs.0);
            our_times.push(mine.0);
            floor_times.push(theirs.0);
            memory = (memory.0.max(mine.1), memory.1.max(theirs.1));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "rebuild of {rows} rows: ratio {:.3} (at most 1.05): ours {:.3} s, by hand {:.3} s; most memory {} KiB and {} KiB",
        median(ratios),
        median(our_times),
        median(floor_times),
        memory.0,
        memory.1
    );
}
