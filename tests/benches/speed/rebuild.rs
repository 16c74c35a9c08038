//! A rebuild of a table of a million rows beside hand-written SQL in the best order: copy, then index, then look at the
//! foreign keys.

use std::path::Path;
use std::process::Command;

use migrate_runtime::v1::*;
use rusqlite::Connection;

use crate::measure::{Side, pair};
use crate::{remove_database, report, worker};

const ROWS: u32 = 1_000_000;

/// What the processes of this row are called.
pub(crate) const NAME: &str = "rebuild";

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

/// The row of the table.
pub(crate) fn a_million_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (original, copy) = (folder.path().join("made.db"), folder.path().join("copy.db"));
    make(&original).expect("a database of a million rows");
    let fresh = || {
        remove_database(&copy);
        std::fs::copy(&original, &copy).expect("a copy");
        // What the copy left to write is not to be timed.
        let _ = Command::new("sync").status();
    };
    let side = |name: &str| worker::command(NAME, &[name, &copy.to_string_lossy()]);
    pair(
        "rebuild of a table of 1,000,000 rows",
        "at most 1.05",
        7,
        Side {
            name: "rebuild",
            before: &fresh,
            run: &|| side("ours").status(),
        },
        Side {
            name: "by hand",
            before: &fresh,
            run: &|| side("floor").status(),
        },
    );
    let peak = |name: &str| {
        fresh();
        worker::peak(side(name))
    };
    let figures = format!("rebuild {}, by hand {}", peak("ours"), peak("floor"));
    report("  the most memory it took", "the same", &figures);
}

fn make(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch("BEGIN")?;
    connection.execute_batch(SCHEMA)?;
    connection.execute_batch(&format!(
        "WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < {ROWS})
            INSERT INTO people SELECT x, 'Name of person ' || x, 'm' || (x * 7919 % 1000003) || '@example.org', x % 1000 + 1,
                x % 90, 'a note of some length about person ' || x FROM n;
         INSERT INTO visits (person) SELECT id FROM people WHERE id % 4 = 0; COMMIT"
    ))
}

/// Does the work of one side and prints the most memory it took.
pub(crate) fn work(arguments: &[String]) {
    let [side, path] = arguments else {
        panic!("a side and a path");
    };
    let connection = Connection::open(path).expect("a database");
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .expect("foreign keys");
    match side.as_str() {
        "ours" => ours(&connection),
        _ => by_hand(&connection).expect("it works"),
    }
    worker::print_peak();
}

fn ours(connection: &Connection) {
    connection
        .execute_batch("BEGIN IMMEDIATE; SAVEPOINT revision")
        .expect("a transaction");
    Op::<Sqlite>::new(connection)
        .alter_table("people", |t| {
            t.alter_column("name", |c| {
                c.set_type(Text);
                c.default("nobody");
            });
        })
        .expect("a rebuild");
    connection
        .execute_batch("RELEASE revision; COMMIT")
        .expect("a commit");
}

fn by_hand(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN IMMEDIATE;
         CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'nobody' NOT NULL, email TEXT,
            team INTEGER REFERENCES teams (id), age INTEGER CHECK (age >= 0), note TEXT COLLATE NOCASE);
         INSERT INTO people_new (id, name, email, team, age, note) SELECT id, name, email, team, age, note FROM people;
         DROP TABLE people;
         ALTER TABLE people_new RENAME TO people;
         CREATE INDEX people_email ON people (email);
         CREATE INDEX people_team ON people (team, age DESC);
         CREATE TRIGGER forget AFTER DELETE ON people BEGIN DELETE FROM visits WHERE person = old.id; END;",
    )?;
    for table in ["people", "visits"] {
        let mut statement = connection.prepare(&format!("PRAGMA foreign_key_check({table})"))?;
        assert!(!statement.exists([])?);
    }
    connection.execute_batch("COMMIT; PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF")
}
