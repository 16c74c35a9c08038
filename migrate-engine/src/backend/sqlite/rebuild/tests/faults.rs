//! Refused alterations: afterwards everything is as before, including both settings.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio, abort};

use rusqlite::Connection;

use super::super::alteration::{Alteration, Change, Edit, Position};
use super::super::table::OptionKind;
use super::super::{AlterError, Native, alter};
use super::household::{
    PEOPLE, Picture, assert_whole, household, household_at, one, rebuild, switches,
};

fn drop(column: &str) -> Edit {
    Edit::DropColumn {
        column: column.to_owned(),
    }
}

fn set_type(column: &str, sql: &str) -> Edit {
    Edit::AlterColumn {
        column: column.to_owned(),
        change: Change::Type {
            sql: sql.to_owned(),
            using: None,
        },
    }
}

fn not_null(column: &str) -> Edit {
    Edit::AlterColumn {
        column: column.to_owned(),
        change: Change::SetNotNull { fill: None },
    }
}

fn constraint(definition: &str) -> Edit {
    Edit::AddConstraint {
        definition: definition.to_owned(),
    }
}

fn add(definition: &str) -> Edit {
    Edit::AddColumn {
        definition: definition.to_owned(),
        position: Position::Last,
        fill: None,
    }
}

#[test]
fn a_refusal_names_what_is_wrong_and_leaves_everything() {
    for (table, edits, words) in [
        ("nope", vec![drop("a")], "no table `nope`"),
        ("v2", vec![drop("s")], "is a view"),
        (
            "sqlite_sequence",
            vec![drop("seq")],
            "internal table of SQLite",
        ),
        (PEOPLE, vec![drop("nope")], "no column `nope`"),
        (PEOPLE, vec![drop("ünïcode")], "index `ix_low`"),
        (PEOPLE, vec![drop("select")], "UNIQUE (team, \"select\""),
        (
            PEOPLE,
            vec![drop("age")],
            "index `ix_partial`, index `ix;expr`, trigger `tr;on`",
        ),
        (
            PEOPLE,
            vec![drop("plain")],
            "trigger `tr_naming`: no such column: plain",
        ),
        (PEOPLE, vec![drop("shout")], "view `v2`"),
        (
            "notes",
            vec![drop("about")],
            "view `v3`: no such column: n.about",
        ),
        (
            "teams of",
            vec![
                drop("id"),
                Edit::DropConstraint(super::super::ConstraintSelector::PrimaryKey),
            ],
            "a foreign key of `peo",
        ),
        (
            PEOPLE,
            vec![not_null("team"), not_null("email")],
            "column `email` would be NOT NULL, but 1 rows contain NULL: row 5",
        ),
        (
            PEOPLE,
            vec![set_type("email", "INTEGER")],
            "2 values of column `email` would change or would not fit the type `INTEGER`: row 2: 'ann@x', row 9",
        ),
        (
            PEOPLE,
            vec![set_type("plain", "TEXT")],
            "1 values of column `plain` would change or would not fit the type `TEXT`: row 2: X'0102'",
        ),
        (
            PEOPLE,
            vec![add("new INT NOT NULL")],
            "`new` is NOT NULL without a default",
        ),
        (
            PEOPLE,
            vec![constraint("CHECK (age > 5)")],
            "CHECK constraint failed: age > 5: row 5",
        ),
        (
            PEOPLE,
            vec![constraint("CONSTRAINT one UNIQUE (team)")],
            "(1) in 2 rows",
        ),
        (
            "notes",
            vec![constraint("FOREIGN KEY (about) REFERENCES [teams of](id)")],
            "1 foreign keys would reference missing rows: `notes` row 9, `about` to `teams of`",
        ),
        (
            PEOPLE,
            vec![Edit::DropConstraint(
                super::super::ConstraintSelector::PrimaryKey,
            )],
            "foreign key of `debts`",
        ),
        (
            "prefs",
            vec![Edit::DropConstraint(
                super::super::ConstraintSelector::PrimaryKey,
            )],
            "WITHOUT ROWID table needs a primary key",
        ),
        (
            "prefs",
            vec![set_type("value", "INTEGER")],
            "row 2, 'b': '007', row 5, 'a': X'00'",
        ),
        (
            PEOPLE,
            vec![Edit::SetOption(OptionKind::Strict)],
            "STRICT table can't have column `select`",
        ),
        ("notes", vec![set_type("about", "BLOB")], "2 values"),
        (
            PEOPLE,
            vec![add("new AS (missing) VIRTUAL")],
            "no such column: missing",
        ),
    ] {
        let connection = household();
        let before = Picture::of(&connection);
        connection.execute_batch("BEGIN").unwrap();
        let error = rebuild(&connection, table, &edits).unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
        assert!(!error.help().is_empty());
        assert!(!connection.is_autocommit());
        assert_eq!(Picture::of(&connection), before, "{words}");
        connection.execute_batch("COMMIT").unwrap();
        assert_whole(&connection);
    }
}

#[test]
fn a_panic_changes_nothing_and_restores_the_pragmas() {
    let connection = household();
    let before = Picture::of(&connection);
    connection
        .execute_batch("BEGIN; SAVEPOINT revision")
        .unwrap();
    let edits = [Alteration::Edit(constraint("CHECK (id > 0)"))];
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        alter(&connection, PEOPLE, &edits, Native::Never, &mut |_| {
            assert_eq!(switches(&connection), [false, true, true, true]);
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(Picture::of(&connection), before);
    connection
        .execute_batch("RELEASE revision; COMMIT")
        .unwrap();
    assert_eq!(Picture::of(&connection), before);
}

#[test]
fn a_failed_rebuild_leaves_what_the_revision_did_before() {
    let connection = household();
    connection
        .execute_batch("BEGIN; SAVEPOINT revision")
        .unwrap();
    rebuild(&connection, "notes", &[add("more DEFAULT 1")]).unwrap();
    let between = Picture::of(&connection);
    assert!(rebuild(&connection, "notes", &[constraint("CHECK (more > 1)")]).is_err());
    assert_eq!(Picture::of(&connection), between);
    connection
        .execute_batch("ROLLBACK TO revision; RELEASE revision; COMMIT")
        .unwrap();
    assert_eq!(
        one::<i64>(
            &connection,
            "SELECT count(*) FROM pragma_table_info('notes')"
        ),
        2
    );
}

#[test]
fn the_pragmas_are_restored() {
    use rusqlite::config::DbConfig::{
        SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_ENABLE_FKEY,
    };
    let connection = household();
    for config in [
        SQLITE_DBCONFIG_ENABLE_FKEY,
        SQLITE_DBCONFIG_DQS_DDL,
        SQLITE_DBCONFIG_DQS_DML,
    ] {
        connection.set_db_config(config, false).unwrap();
        let before = switches(&connection);
        rebuild(&connection, PEOPLE, &[constraint("CHECK (id > 0)")]).unwrap();
        assert_eq!(switches(&connection), before);
    }
}

#[test]
fn virtual_tables_and_their_storage_are_refused_with_a_reason() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
        )
        .unwrap();
    for (table, words) in [
        ("f", "a virtual table"),
        ("f_data", "storage of a virtual table"),
        ("r_node", "storage of a virtual table"),
    ] {
        let error = rebuild(&connection, table, &[drop("a")]).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn an_external_content_index_keeps_its_rowids() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE docs (body TEXT); CREATE VIRTUAL TABLE found USING fts5(body, content=docs);
             CREATE TRIGGER fill AFTER INSERT ON docs BEGIN INSERT INTO found(rowid, body) VALUES (new.rowid, new.body); END;
             INSERT INTO docs(rowid, body) VALUES (5, 'five'), (9, 'nine');",
        )
        .unwrap();
    rebuild(&connection, "docs", &[not_null("body")]).unwrap();
    assert_eq!(
        one::<String>(
            &connection,
            "SELECT body FROM found WHERE found MATCH 'nine'"
        ),
        "nine"
    );
    connection
        .execute_batch("INSERT INTO docs(body) VALUES ('ten')")
        .unwrap();
    assert_eq!(
        one::<i64>(
            &connection,
            "SELECT rowid FROM found WHERE found MATCH 'ten'"
        ),
        10
    );
}

#[test]
fn existing_orphans_do_not_block() {
    let connection = household();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; DROP TRIGGER tr_prefs; INSERT INTO pets VALUES (70, 700); INSERT INTO prefs VALUES (700, 'a', 1), (700, 'b', 1);
             INSERT INTO visits VALUES (701, NULL); PRAGMA foreign_keys = ON",
        )
        .unwrap();
    rebuild(&connection, PEOPLE, &[constraint("CHECK (id > 0)")]).unwrap();
    rebuild(&connection, "pets", &[constraint("CHECK (id > 0)")]).unwrap();
    rebuild(&connection, "prefs", &[constraint("CHECK (key <> '')")]).unwrap();
    // New violations are errors, and are distinguished from the existing ones.
    let key = Edit::AlterColumn {
        column: "id".into(),
        change: Change::Type {
            sql: "INTEGER".into(),
            using: Some("CASE id WHEN 5 THEN 55 ELSE id END".into()),
        },
    };
    let before = Picture::of(&connection);
    let error = rebuild(&connection, PEOPLE, &[key]).unwrap_err();
    let AlterError::ForeignKeys { count, first } = &error else {
        panic!("{error}")
    };
    assert_eq!(*count, 2, "{error}");
    let lines: Vec<String> = first.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            format!("`prefs`, `person` to `{PEOPLE}`"),
            format!("`visits` row 1, `person` to `{PEOPLE}`")
        ]
    );
    assert_eq!(Picture::of(&connection), before);
}

#[test]
fn a_double_quoted_name_in_a_view_does_not_become_a_string() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, email, other); CREATE VIEW v AS SELECT id, \"email\" FROM t;
             CREATE VIEW w AS SELECT \"email\", \"a text\" FROM t; CREATE VIEW x AS SELECT \"other text\" FROM t",
        )
        .unwrap();
    let error = rebuild(&connection, "t", &[drop("email")])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("view `v`: no such column: \"email\"")
            && error.contains("view `w`")
            && !error.contains("view `x`"),
        "{error}"
    );
    rebuild(&connection, "t", &[drop("other")]).unwrap();
}

#[test]
fn a_full_disk_is_reported_before_anything_is_written() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a, b); WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 20000)
             INSERT INTO t SELECT x, 'some text to fill a page or two' FROM n; CREATE TABLE small (a); INSERT INTO small VALUES (1)",
        )
        .unwrap();
    let pages: i64 = one(&connection, "PRAGMA page_count");
    connection
        .execute_batch(&format!("PRAGMA max_page_count = {}", pages + 10))
        .unwrap();
    let error = rebuild(&connection, "t", &[constraint("CHECK (a > 0)")]).unwrap_err();
    assert!(
        error.to_string().contains("of free space") && error.to_string().contains("is available"),
        "{error}"
    );
    assert!(matches!(error, AlterError::NoRoom { .. }));
    rebuild(&connection, "small", &[constraint("CHECK (a > 0)")]).unwrap();
}

#[test]
fn a_file_on_disk_is_rebuilt_in_either_journal_mode() {
    let folder = tempfile::tempdir().unwrap();
    for mode in ["wal", "delete"] {
        let connection = Connection::open(folder.path().join(mode)).unwrap();
        connection
            .pragma_update(None, "journal_mode", mode)
            .unwrap();
        connection
            .execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            .unwrap();
        rebuild(&connection, "t", &[constraint("CHECK (a > 0)")]).unwrap();
        assert!(connection.is_autocommit());
        assert_whole(&connection);
    }
}

#[test]
fn a_name_that_is_in_use_is_skipped() {
    let connection = household();
    // The household has a table `_migrate_old_notes`.
    rebuild(&connection, "notes", &[constraint("CHECK (about <> 0)")]).unwrap();
    assert_eq!(
        one::<i64>(
            &connection,
            "SELECT count(*) FROM sqlite_schema WHERE name LIKE '\\_migrate%' ESCAPE '\\'"
        ),
        1
    );
}

#[test]
fn a_disk_that_fills_in_the_middle_leaves_everything() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a, b); CREATE INDEX i ON t (b);
             WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 60000)
             INSERT INTO t SELECT x, 'some text to fill a page or two' FROM n",
        )
        .unwrap();
    let before = Picture::of(&connection);
    connection
        .execute_batch("BEGIN; SAVEPOINT revision")
        .unwrap();
    let edits = [Alteration::Edit(constraint("CHECK (a > 0)"))];
    let result = alter(&connection, "t", &edits, Native::Never, &mut |progress| {
        if progress.copied < progress.total {
            let pages: i64 = one(&connection, "PRAGMA page_count");
            assert_eq!(
                one::<i64>(&connection, &format!("PRAGMA max_page_count = {pages}")),
                pages
            );
        }
    });
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "database or disk is full");
    assert_eq!(Picture::of(&connection), before);
    assert_whole(&connection);
}

const DIES: &str = "MIGRATE_TEST_FILE";

#[test]
#[ignore = "run by the next test, in a process that dies"]
fn dies_in_the_middle() {
    let Ok(path) = std::env::var(DIES) else {
        return;
    };
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; SAVEPOINT revision")
        .unwrap();
    // The writes reach the file before the process dies.
    connection.execute_batch("PRAGMA cache_size = 1").unwrap();
    let edits = [Alteration::Edit(constraint("CHECK (id > 0)"))];
    let _ = alter(&connection, PEOPLE, &edits, Native::Never, &mut |_| abort());
}

#[test]
fn a_process_that_dies_in_the_middle_leaves_the_table_as_it_was() {
    for journal in ["wal", "delete"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.db");
        drop_connection(household_at(&path, journal));
        let before = Picture::of(&Connection::open(&path).unwrap());
        let test = module_path!().split_once("::").unwrap().1.to_owned() + "::dies_in_the_middle";
        let died = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test, "--ignored"])
            .env(DIES, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!died.success());
        let connection = Connection::open(&path).unwrap();
        assert_eq!(Picture::of(&connection), before);
        assert_whole(&connection);
        rebuild(&connection, PEOPLE, &[constraint("CHECK (id > 0)")]).unwrap();
    }
}

fn drop_connection(connection: Connection) {
    connection.close().unwrap();
}

#[test]
fn a_guarded_connection_is_altered_too() {
    use rusqlite::config::DbConfig::{SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_TRUSTED_SCHEMA};
    let connection = household();
    connection
        .set_db_config(SQLITE_DBCONFIG_DEFENSIVE, true)
        .unwrap();
    connection
        .set_db_config(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
        .unwrap();
    rebuild(&connection, PEOPLE, &[constraint("CHECK (id > 0)")]).unwrap();
    assert_whole(&connection);
}

#[test]
fn a_temporary_table_of_the_same_name_is_not_touched() {
    let connection = household();
    connection
        .execute_batch("CREATE TEMP TABLE notes (other); INSERT INTO temp.notes VALUES (1)")
        .unwrap();
    rebuild(&connection, "notes", &[constraint("CHECK (about <> 0)")]).unwrap();
    assert_eq!(
        one::<String>(
            &connection,
            "SELECT sql FROM temp.sqlite_schema WHERE name = 'notes'"
        ),
        "CREATE TABLE notes (other)"
    );
    assert_eq!(
        one::<i64>(&connection, "SELECT count(*) FROM main.notes"),
        3
    );
    assert_eq!(
        one::<i64>(&connection, "SELECT count(*) FROM temp.notes"),
        1
    );
    assert!(
        one::<String>(
            &connection,
            "SELECT sql FROM main.sqlite_schema WHERE name = 'notes'"
        )
        .contains("CHECK (about <> 0)")
    );
}

#[test]
fn no_row_replaces_another() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a TEXT UNIQUE ON CONFLICT REPLACE, b TEXT UNIQUE ON CONFLICT IGNORE, c INT NOT NULL ON CONFLICT REPLACE DEFAULT 1);
             INSERT INTO t VALUES ('x', 'y', 1), ('X', 'Y', 2)",
        )
        .unwrap();
    for column in ["a", "b"] {
        let edit = Edit::AlterColumn {
            column: column.into(),
            change: Change::SetCollation("NOCASE".into()),
        };
        let error = rebuild(&connection, "t", &[edit]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the rows violate the constraints of the new table: UNIQUE constraint failed: t.{column}"
            )
        );
        assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM t"), 2);
    }
}

#[test]
fn a_double_quoted_string_is_read_as_when_it_was_stored() {
    use rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL;
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a CHECK (a <> \"no;t\")); CREATE INDEX i ON t (a) WHERE a > \"some text\"; INSERT INTO t VALUES (1)",
        )
        .unwrap();
    connection
        .set_db_config(SQLITE_DBCONFIG_DQS_DDL, false)
        .unwrap();
    let before = switches(&connection);
    rebuild(&connection, "t", &[constraint("CHECK (a > 0)")]).unwrap();
    assert_eq!(switches(&connection), before);
}

#[test]
fn deferred_keys_are_counted_as_before() {
    let connection = household();
    let people = "\"peo\"\"ple; DROP TABLE x--é\"";
    for (mend, ends) in [("77", true), ("78", false)] {
        connection
            .execute_batch(&format!(
                "BEGIN; UPDATE {people} SET boss = 77 WHERE id = 5"
            ))
            .unwrap();
        rebuild(&connection, PEOPLE, &[constraint("CHECK (id > 0)")]).unwrap();
        connection
            .execute_batch(&format!(
                "INSERT INTO {people} (id, email) VALUES ({mend}, NULL)"
            ))
            .unwrap_err();
        connection.execute_batch("DROP TRIGGER tr_broken").unwrap();
        connection
            .execute_batch(&format!(
                "INSERT INTO {people} (id, email) VALUES ({mend}, NULL)"
            ))
            .unwrap();
        assert_eq!(connection.execute_batch("COMMIT").is_ok(), ends);
        if ends {
            connection
                .execute_batch(&format!(
                    "UPDATE {people} SET boss = NULL WHERE id = 5; DELETE FROM {people} WHERE id = 77;
                     CREATE TRIGGER tr_broken AFTER INSERT ON log WHEN 0 BEGIN SELECT gone(new.missing); END"
                ))
                .unwrap();
        } else {
            connection.execute_batch("ROLLBACK").unwrap();
        }
    }
}
