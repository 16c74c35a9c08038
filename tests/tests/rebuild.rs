//! Rebuilds of a table inside revisions, run by the executor: what fails or is killed leaves whole revisions.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::Migrations;
use migrate_runtime::v1::*;
use rusqlite::Connection;

static MIGRATIONS: Migrations<Sqlite> = Migrations::new(
    &[&[
        Revision {
            header: header("aaaa", &[], "2026-01-01T00:00:00Z"),
            up: create,
            down: drop_all,
        },
        Revision {
            header: header("bbbb", &["aaaa"], "2026-01-02T00:00:00Z"),
            up: rework,
            down: rework_back,
        },
        Revision {
            header: header("cccc", &["bbbb"], "2026-01-03T00:00:00Z"),
            up: fail,
            down: nothing,
        },
    ]],
    Options {
        version_table: "migrate_revisions",
        heads: Heads::One,
    },
);

const fn header(
    id: &'static str,
    down_revisions: &'static [&'static str],
    created: &'static str,
) -> Header {
    Header {
        id,
        down_revisions,
        depends_on: &[],
        replaces: &[],
        branch_labels: &[],
        created,
        message: id,
        transaction: true,
        checksum: "v1:0",
        file: id,
    }
}

const PEOPLE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
    name TEXT NOT NULL, born TEXT, CONSTRAINT named CHECK (name <> ''))";

fn create(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.execute(PEOPLE)?;
    op.execute(
        "CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE);
         CREATE TABLE log (what TEXT);
         CREATE INDEX people_name ON people (lower(name) DESC) WHERE born IS NOT NULL;
         CREATE VIEW names AS SELECT id, name FROM people;
         CREATE TRIGGER told AFTER INSERT ON people BEGIN INSERT INTO log VALUES (new.name); END;
         INSERT INTO people VALUES (3, 'Ann', '1990'), (9, 'Bob', NULL), (50, 'gone', NULL);
         DELETE FROM people WHERE id = 50;
         INSERT INTO pets VALUES (1, 3), (2, 9);",
    )
}

fn drop_all(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.drop_table("pets")?;
    op.execute("DROP VIEW names")?;
    op.drop_table("people")?;
    op.drop_table("log")
}

/// Two rebuilds with rows moved between them, by the application's own code.
fn rework(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.alter_table("people", |t| {
        t.alter_column("born", |c| c.set_type(Integer));
        t.add_column(Column::new("made", DateTime).default(Expr::new("CURRENT_TIMESTAMP")));
    })?;
    op.connection()
        .execute("UPDATE people SET born = 2000 WHERE born IS NULL", [])?;
    op.alter_table("people", |t| {
        t.alter_column("born", |c| c.not_null());
        t.add_unique(Unique::new(["name", "born"]).named("one_each"));
        t.drop_constraint("named");
    })
}

fn rework_back(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.alter_table("people", |t| {
        t.drop_constraint("one_each");
        t.drop_column("made");
        t.add_check(Check::new("name <> ''").named("named"));
        t.alter_column("born", |c| {
            c.set_type(Text);
            c.null();
        });
    })
}

static FAILS: AtomicBool = AtomicBool::new(true);

fn fail(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.alter_table("people", |t| {
        t.alter_column("name", |c| c.default("nobody"))
    })?;
    if FAILS.load(Ordering::Relaxed) {
        panic!("after the rebuild");
    }
    // No person has the number of a pet.
    op.alter_table("pets", |t| {
        t.add_foreign_key("id", ForeignKey::to("people", "id").named("other"))
    })
}

fn nothing(_: &mut Op<'_, Sqlite>) -> Result<()> {
    Ok(())
}

fn texts(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name || ': ' || sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name <> 'migrate_revisions' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn assert_whole(connection: &Connection) {
    assert_eq!(text(connection, "PRAGMA integrity_check"), "ok");
    assert_eq!(
        text(connection, "SELECT group_concat(id || name) FROM people"),
        "3Ann,9Bob"
    );
    assert_eq!(
        text(connection, "SELECT group_concat(owner) FROM pets"),
        "3,9"
    );
    assert_eq!(
        text(
            connection,
            "SELECT group_concat(name || seq) FROM sqlite_sequence"
        ),
        "people50"
    );
    assert!(
        !texts(connection)
            .iter()
            .any(|text| text.contains("_migrate_"))
    );
}

#[test]
fn a_revision_rebuilds_moves_rows_and_rebuilds_again_and_is_downgraded() {
    let mut connection = Connection::open_in_memory().unwrap();
    MIGRATIONS.upgrade_to(&mut connection, "aaaa").unwrap();
    let before = texts(&connection);
    MIGRATIONS.upgrade_to(&mut connection, "bbbb").unwrap();
    assert_whole(&connection);
    assert_eq!(
        text(
            &connection,
            "SELECT sql FROM sqlite_schema WHERE name = 'people'"
        ),
        "CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n    name TEXT NOT NULL, born INTEGER NOT NULL, \
         made DATETIME DEFAULT CURRENT_TIMESTAMP, CONSTRAINT one_each UNIQUE (name, born))"
    );
    let others = |texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .filter(|text| !text.starts_with("people:"))
            .cloned()
            .collect()
    };
    assert_eq!(others(&texts(&connection)), others(&before));
    MIGRATIONS.downgrade(&mut connection, "aaaa").unwrap_err();
    connection
        .execute_batch("UPDATE people SET made = NULL")
        .unwrap();
    MIGRATIONS.downgrade(&mut connection, "aaaa").unwrap();
    assert_whole(&connection);
    assert_eq!(others(&texts(&connection)), others(&before));
    assert_eq!(
        text(
            &connection,
            "SELECT sql FROM sqlite_schema WHERE name = 'people'"
        ),
        PEOPLE
    );
}

#[test]
fn a_revision_that_fails_after_a_rebuild_leaves_those_before_it() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    MIGRATIONS.upgrade_to(&mut connection, "bbbb").unwrap();
    let before = texts(&connection);
    for (fails, message) in [
        (true, "after the rebuild"),
        (
            false,
            "2 foreign keys would reference missing rows: `pets` row 1",
        ),
    ] {
        FAILS.store(fails, Ordering::Relaxed);
        let error = MIGRATIONS.upgrade(&mut connection).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(texts(&connection), before);
        assert_whole(&connection);
        assert_eq!(
            text(
                &connection,
                "SELECT foreign_keys || '' FROM pragma_foreign_keys"
            ),
            "1"
        );
        assert_eq!(
            text(
                &connection,
                "SELECT legacy_alter_table || '' FROM pragma_legacy_alter_table"
            ),
            "0"
        );
    }
}

const FILE: &str = "MIGRATE_TEST_REBUILD";

#[test]
#[ignore = "run by the next test, in a process that is killed"]
fn upgrades_the_file() {
    if let Some(path) = std::env::var_os(FILE) {
        MIGRATIONS
            .upgrade_to(&mut Connection::open(path).unwrap(), "bbbb")
            .unwrap();
    }
}

#[test]
fn a_kill_at_any_write_or_sync_leaves_the_table_old_or_new() {
    if !Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("skipped: strace is not installed or may not trace");
        return;
    }
    let mut kills = 0;
    for journal in ["delete", "wal"] {
        for call in ["pwrite64", "fdatasync", "unlink"] {
            kills += kill_at_every(call, journal);
        }
    }
    assert!(kills > 30, "only {kills} kills happened");
}

/// Kills the upgrade at its n-th call of `call`, for every n there is; returns how often it was killed.
fn kill_at_every(call: &str, journal: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.db");
    let made = |path: &Path, target: &str| {
        let mut connection = Connection::open(path).unwrap();
        connection
            .pragma_update(None, "journal_mode", journal)
            .unwrap();
        MIGRATIONS.upgrade_to(&mut connection, target).unwrap();
        texts(&connection)
    };
    let new = made(&folder.path().join("new.db"), "bbbb");
    let old = made(&fresh, "aaaa");
    for n in 1..2_000 {
        let path = folder.path().join(format!("{n}.db"));
        std::fs::copy(&fresh, &path).unwrap();
        let status = Command::new("strace")
            .args([
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &format!("trace={call}"),
            ])
            .args(["-e", &format!("inject={call}:signal=KILL:when={n}")])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "upgrades_the_file", "--ignored"])
            .env(FILE, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let mut connection = Connection::open(&path).unwrap();
        assert_whole(&connection);
        let texts_now = texts(&connection);
        if status.success() {
            assert_eq!(texts_now, new);
            return n - 1;
        }
        let killed = status.signal() == Some(9) || status.code() == Some(128 + 9);
        assert!(killed, "{status:?}");
        assert!(
            texts_now == old || texts_now == new,
            "{call} {n}: {texts_now:?}"
        );
        MIGRATIONS.upgrade_to(&mut connection, "bbbb").unwrap();
        assert_eq!(texts(&connection), new);
    }
    panic!("the upgrade calls {call} more than 2,000 times");
}
