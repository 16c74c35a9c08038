//! Functions and collations of the application, on every kind of connection.

#![cfg(feature = "sqlite")]

use std::cmp::Ordering;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use crate::backup::{BackupSettings, Backups, Integrity};
use crate::testing;
use crate::verify::{RoundTrip, VerifyOptions, verify_with};
use migrate_engine::backend::{Access, Backend};
use migrate_engine::migrations::Migrations;
use migrate_engine::test_revisions::{Code, migrations_of, revision};
use migrate_engine::v1::*;

/// Registers the application's function and collation.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_collation("unicase", unicase)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("title_sort", 1, flags, |context| {
        let title: String = context.get(0)?;
        Ok(title.trim_start_matches("The ").to_owned())
    })
}

/// In descending order, so that an index in another order is detected.
fn unicase(a: &str, b: &str) -> Ordering {
    b.cmp(a)
}

fn songs(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.execute(
        "CREATE TABLE song (id INTEGER PRIMARY KEY, title TEXT NOT NULL COLLATE unicase CHECK (title_sort(title) <> ''),
            sort TEXT AS (title_sort(title)), stored TEXT NOT NULL AS (title_sort(title)) STORED);
         CREATE INDEX ix_title ON song (title);
         CREATE INDEX ix_sort ON song (title_sort(title));
         CREATE VIEW sorted AS SELECT title_sort(title) AS sort FROM song ORDER BY title COLLATE unicase;
         CREATE TRIGGER told AFTER INSERT ON song BEGIN SELECT title_sort(NEW.title); END;
         INSERT INTO song (title) VALUES ('The A'), ('B'), ('The C')",
    )
}

fn no_songs(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.execute("DROP VIEW sorted; DROP TABLE song")
}

fn plays(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.alter_table("song", |t| {
        t.add_column(Column::new("plays", Integer).not_null().fill("id"))
    })
}

fn no_plays(op: &mut Op<'_, Sqlite>) -> Result<()> {
    op.drop_column("song", "plays")
}

fn application() -> &'static Migrations<Sqlite> {
    migrations_of([
        revision("one", &[], songs, no_songs),
        revision("two", &["one"], plays, no_plays),
    ])
}

fn open(migrations: &Migrations<Sqlite>, file: &Path) -> Connection {
    let wait = std::time::Duration::from_secs(1);
    migrations
        .open(file.as_os_str(), Access::Write, wait)
        .unwrap()
        .unwrap()
}

#[test]
fn what_the_application_registers_is_known_on_every_connection() {
    let migrations = application().on_connect(|connection| Ok(prepare(connection)?));
    testing::assert_up_down_up(migrations);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.db");
    let mut connection = open(migrations, &file);
    migrations.upgrade_to(&mut connection, "one").unwrap();
    drop(connection);
    let verify_options = VerifyOptions::new().copy_of(file.as_os_str());
    let mut tried = 0;
    verify_with(
        migrations,
        &verify_options,
        &migrate_engine::executor::RunOptions::new(),
        &mut |verified| {
            tried += 1;
            assert!(
                matches!(verified.round_trip, RoundTrip::Passed),
                "{:?}",
                verified.round_trip
            );
        },
    )
    .unwrap();
    assert_eq!(tried, 1);
    let settings = BackupSettings::new();
    let backups = Backups::of(migrations, file.as_os_str(), &settings).unwrap();
    backups.make().unwrap();
    assert_eq!(backups.list().unwrap()[0].integrity, Integrity::Valid);
    // A connection that the application lends is prepared too.
    migrations
        .upgrade(&mut Connection::open(&file).unwrap())
        .unwrap();
    migrations
        .downgrade(&mut Connection::open(&file).unwrap(), "base")
        .unwrap_err();
}

#[test]
fn without_it_the_error_names_what_is_missing_and_the_line_to_write() {
    let mut connection = Connection::open_in_memory().unwrap();
    let error = application().upgrade(&mut connection).unwrap_err();
    let (printed, help) = (format!("{error:?}"), error.help().unwrap());
    assert!(
        printed.contains("title_sort") || printed.contains("unicase"),
        "{printed}"
    );
    assert!(help.contains("on_connect = crate::db::prepare"), "{help}");
    // The error of a failing function names `on_connect`.
    let failing: &Migrations<Sqlite> =
        migrations_of([]).on_connect(|connection| Ok(connection.execute_batch("nonsense")?));
    let error = crate::scratch::replay(failing, None).unwrap_err();
    assert!(error.to_string().contains("on_connect"), "{error}");
}

/// SQLite itself reports "no query solution".
#[test]
fn a_collation_of_a_key_that_no_row_can_be_read_without_is_named() {
    let connection = Connection::open_in_memory().unwrap();
    prepare(&connection).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE tag (name TEXT NOT NULL PRIMARY KEY COLLATE unicase, n INT) WITHOUT ROWID",
        )
        .unwrap();
    connection.remove_collation("unicase").unwrap();
    let tries: [Code; 3] = [
        |op| op.query("SELECT name FROM tag", &[]).map(|_| ()),
        |op| op.execute("CREATE TABLE other AS SELECT * FROM tag"),
        |op| {
            op.alter_table("tag", |t| {
                t.add_column(Column::new("m", Integer).not_null().fill("n"));
            })
        },
    ];
    for tried in tries {
        let printed = format!("{:?}", tried(&mut Op::new(&connection)).unwrap_err());
        assert!(printed.contains("unicase"), "{printed}");
        assert!(
            printed.contains("on_connect = crate::db::prepare"),
            "{printed}"
        );
    }
}

#[test]
fn a_healthy_database_is_valid_without_it_and_a_damaged_one_is_corrupt() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("app.db");
    let connection = Connection::open(&file).unwrap();
    prepare(&connection).unwrap();
    songs(&mut Op::new(&connection)).unwrap();
    let settings = BackupSettings::new();
    let backups = Backups::of(migrations_of([]), file.as_os_str(), &settings).unwrap();
    backups.make().unwrap();
    // An index in a wrong order is detected only if the order is known.
    connection
        .create_collation("unicase", |a, b| a.cmp(b))
        .unwrap();
    connection.execute_batch("REINDEX ix_title").unwrap();
    drop(connection);
    let other = || {
        let migrations = migrations_of([]).on_connect(|connection| Ok(prepare(connection)?));
        Backups::of(migrations, file.as_os_str(), &settings).map(|backups| backups.make())
    };
    assert!(other().unwrap().is_err());
    backups.make().unwrap();
    // An invalid page is detected in both cases.
    let mut bytes = std::fs::read(&file).unwrap();
    let end = bytes.len() - 4096;
    bytes[end..].fill(0xAA);
    std::fs::write(&file, bytes).unwrap();
    assert!(backups.make().is_err());
}

/// The hook as `migrations!` generates it.
#[test]
fn a_function_that_is_named_needs_no_other_error_type() {
    static NONE: [&[migrate_engine::macro_support::PackedRevision<Sqlite>]; 0] = [];
    let options = migrate_engine::macro_support::Options {
        version_table: "migrate_revisions",
        heads: migrate_engine::macro_support::Heads::One,
    };
    static MIGRATIONS: std::sync::OnceLock<Migrations<Sqlite>> = std::sync::OnceLock::new();
    let migrations = MIGRATIONS.get_or_init(|| {
        Migrations::from_packed_with_hook(&NONE, options, |connection| {
            prepare(connection).map_err(Into::into)
        })
    });
    let scratch = migrations.scratch(None).unwrap();
    let sorted: String = scratch
        .query_row("SELECT title_sort('The A')", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sorted, "A");
    let _ = <Sqlite>::dialect();
    let _: Code = songs;
}
