//! A schema with everything that a rebuild must keep, and a picture of a database to compare before and after.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig::{
    self, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_ENABLE_FKEY,
    SQLITE_DBCONFIG_LEGACY_ALTER_TABLE,
};
use rusqlite::types::Value;

use super::super::alteration::{Alteration, Edit};
use super::super::{AlterError, Done, Native, Progress, alter};

/// The table that the cases alter.
pub(super) const PEOPLE: &str = "peo\"ple; DROP TABLE x--é";

/// Returns a database with everything in one schema, including rows, and with foreign keys on.
pub(super) fn household() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

/// Creates the same in a file.
pub(super) fn household_at(path: &Path, journal: &str) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", journal)
        .unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

const SCHEMA: &str = r#"
PRAGMA foreign_keys = ON;
CREATE TABLE "teams of" (
    id INTEGER PRIMARY KEY,
    [the name] TEXT NOT NULL ON CONFLICT FAIL UNIQUE ON CONFLICT IGNORE, -- a comment, with a comma
    "order" INT DEFAULT "none" CHECK ("order" <> ')' /* not this ) */)
);
CREATE TABLE "peo""ple; DROP TABLE x--é" (
    -- people, and who they are
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- the key
    "select" VARCHAR(40)  COLLATE NOCASE NOT NULL DEFAULT "some;one", /* double-quoted */
    email TEXT CONSTRAINT "uq email" UNIQUE ON CONFLICT REPLACE,
    'quoted name' TEXT DEFAULT ('x' || ';'), -- an expression
    boss INTEGER REFERENCES "peo""ple; DROP TABLE x--é"(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    team INTEGER CONSTRAINT fk_team REFERENCES [teams of] (id) ON DELETE RESTRICT ON UPDATE CASCADE,
    age INT CHECK (age >= 0),
    shout TEXT GENERATED ALWAYS AS (upper("select")) VIRTUAL,
    loud TEXT AS ("select" || '!') STORED,
    plain,
    ünïcode REAL DEFAULT -1.5,
    CONSTRAINT "named check" CHECK (age IS NULL OR age < 200),
    CHECK (length(email) > 2)   ,
    UNIQUE (team, "select" COLLATE BINARY DESC) ON CONFLICT ABORT
);
CREATE TABLE notes (about, body TEXT COLLATE RTRIM); -- implicit rowids
CREATE TABLE prefs (
    person INTEGER REFERENCES "peo""ple; DROP TABLE x--é" ON DELETE CASCADE, key TEXT, value ANY,
    PRIMARY KEY (person, key DESC)
) STRICT, WITHOUT ROWID;
CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INT NOT NULL REFERENCES "peo""ple; DROP TABLE x--é"(id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE visits (person INT REFERENCES "peo""ple; DROP TABLE x--é"(id) ON DELETE SET NULL, day DATE);
CREATE TABLE debts (person INT NOT NULL REFERENCES "peo""ple; DROP TABLE x--é"(id) ON DELETE RESTRICT, cents INT);
CREATE TABLE log (what TEXT, id INT);
CREATE TABLE _migrate_old_notes (taken);
CREATE INDEX ix_partial ON "peo""ple; DROP TABLE x--é" (team) WHERE age > 17 AND email NOT NULL;
CREATE UNIQUE INDEX "ix;expr" ON "peo""ple; DROP TABLE x--é" (lower("select"), age DESC, email COLLATE RTRIM);
create index ix_low
    on "peo""ple; DROP TABLE x--é" ( ünïcode /* why */ desc );
CREATE INDEX notes_body ON notes (substr(body, 1, 3));
CREATE VIEW "v;1" AS SELECT id, "select" AS s, shout FROM "peo""ple; DROP TABLE x--é" WHERE age > 1;
CREATE VIEW v2 AS SELECT s, count(*) AS n FROM "v;1" GROUP BY s;
CREATE VIEW v3 (one, two) AS SELECT n.body, p.id FROM notes AS n LEFT JOIN "peo""ple; DROP TABLE x--é" AS p ON p.id = n.about;
CREATE VIEW broken AS SELECT * FROM nowhere;
CREATE TRIGGER "tr;on" AFTER UPDATE OF "select", age ON "peo""ple; DROP TABLE x--é" WHEN new.age > 3 BEGIN
    INSERT INTO log VALUES ('up;dated', new.id); -- a comment; with END
END;
CREATE TRIGGER tr_before BEFORE INSERT ON "peo""ple; DROP TABLE x--é" BEGIN SELECT raise(ABORT, 'no') WHERE new.age = 13; END;
CREATE TRIGGER tr_naming AFTER DELETE ON notes BEGIN
    UPDATE "peo""ple; DROP TABLE x--é" SET plain = 1 WHERE id = old.about;
END;
CREATE TRIGGER tr_instead INSTEAD OF INSERT ON "v;1" BEGIN
    INSERT INTO "peo""ple; DROP TABLE x--é" ("select", age) VALUES (new.s, 5);
END;
CREATE TRIGGER tr_prefs AFTER INSERT ON prefs BEGIN INSERT INTO log VALUES ('pref', new.person); END;
CREATE TEMP TRIGGER tr_temp AFTER INSERT ON main."peo""ple; DROP TABLE x--é" BEGIN INSERT INTO log VALUES ('temp', new.id); END;
INSERT INTO "teams of" VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO "peo""ple; DROP TABLE x--é" (id, "select", email, boss, team, age, plain, ünïcode) VALUES
    (2, 'Ann', 'ann@x', NULL, 1, 30, x'0102', 0.1), (5, 'bob', NULL, 2, 1, 4, 'text', NULL),
    (9, 'Čip', 'cip@x', 9, 2, NULL, 12, 1e300), (40, 'gone', 'gone@x', NULL, NULL, NULL, NULL, NULL);
DELETE FROM "peo""ple; DROP TABLE x--é" WHERE id = 40;
INSERT INTO notes (rowid, about, body) VALUES (5, 2, 'abc  '), (9, 5, 'd'), (-3, NULL, NULL);
INSERT INTO prefs VALUES (2, 'a', 1), (2, 'b', '007'), (5, 'a', x'00');
INSERT INTO pets VALUES (1, 2), (2, 2), (3, 9);
INSERT INTO visits VALUES (5, '2024-01-02'), (NULL, NULL);
INSERT INTO debts VALUES (9, 100);
DELETE FROM log;
CREATE TRIGGER tr_broken AFTER INSERT ON log WHEN 0 BEGIN SELECT gone(new.missing); END;
ANALYZE;
"#;

/// The whole observable state of a database.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    /// The text of each object.
    pub(super) texts: BTreeMap<String, String>,
    /// The rows of each table, with their rowids if the table has any.
    pub(super) rows: BTreeMap<String, Vec<Vec<Value>>>,
    /// The settings that the rebuild changes while it runs.
    pub(super) switches: Vec<bool>,
}

impl Picture {
    pub(super) fn of(connection: &Connection) -> Picture {
        let mut texts = BTreeMap::new();
        for schema in ["main", "temp"] {
            let sql = format!(
                "SELECT type || ' ' || name || ' on ' || tbl_name, coalesce(sql, '') FROM {schema}.sqlite_schema"
            );
            let mut statement = connection.prepare(&sql).unwrap();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                texts.insert(row.get(0).unwrap(), row.get(1).unwrap());
            }
        }
        let tables: Vec<(String, bool)> = connection
            .prepare("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema'")
            .and_then(|mut statement| statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
            .unwrap();
        let rows = tables.into_iter().map(|(table, without)| {
            let rowid = if without || table.starts_with("sqlite_") {
                ""
            } else {
                "rowid, "
            };
            let sql = format!("SELECT {rowid}* FROM \"{}\"", table.replace('"', "\"\""));
            let rows = rows(connection, &sql);
            (table, rows)
        });
        let rows = rows.collect();
        Picture {
            texts,
            rows,
            switches: switches(connection),
        }
    }

    /// Removes a table with its rows, and returns its text and rows too.
    pub(super) fn without(mut self, table: &str) -> (Picture, String, Vec<Vec<Value>>) {
        let text = self
            .texts
            .remove(&format!("table {table} on {table}"))
            .unwrap();
        self.texts.retain(|name, _| {
            !name.starts_with("index sqlite_autoindex_") || !name.ends_with(&format!(" on {table}"))
        });
        let rows = self.rows.remove(table).unwrap();
        (self, text, rows)
    }
}

pub(super) fn switches(connection: &Connection) -> Vec<bool> {
    let of = |config: DbConfig| connection.db_config(config).unwrap();
    vec![
        of(SQLITE_DBCONFIG_ENABLE_FKEY),
        of(SQLITE_DBCONFIG_LEGACY_ALTER_TABLE),
        of(SQLITE_DBCONFIG_DQS_DDL),
        of(SQLITE_DBCONFIG_DQS_DML),
    ]
}

pub(super) fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement
        .query_map([], |row| (0..width).map(|at| row.get(at)).collect())
        .unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

pub(super) fn one<T: rusqlite::types::FromSql>(connection: &Connection, sql: &str) -> T {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Rebuilds, even if SQLite has a statement for the change.
pub(super) fn rebuild(
    connection: &Connection,
    table: &str,
    edits: &[Edit],
) -> Result<Done, AlterError> {
    let alterations: Vec<Alteration> = edits.iter().cloned().map(Alteration::Edit).collect();
    alter(
        connection,
        table,
        &alterations,
        Native::Never,
        &mut |_: Progress| {},
    )
}

pub(super) fn assert_whole(connection: &Connection) {
    assert_eq!(one::<String>(connection, "PRAGMA integrity_check"), "ok");
    assert!(rows(connection, "PRAGMA foreign_key_check").is_empty());
}
