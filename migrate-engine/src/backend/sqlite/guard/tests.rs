use rusqlite::Connection;

use crate::error::Error;
use crate::test_revisions::{Code, migrations_of, revision};
use crate::v1::*;

const LIBRARY: &str = "
    CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE book (id INTEGER PRIMARY KEY, shelf INTEGER REFERENCES shelf (id) ON DELETE CASCADE);
    CREATE TABLE loan (id INTEGER PRIMARY KEY, shelf TEXT REFERENCES shelf (name) ON DELETE SET NULL);
    INSERT INTO shelf VALUES (1, 'a'), (2, 'b');
    INSERT INTO book VALUES (1, 1), (2, 1), (3, 2);
    INSERT INTO loan VALUES (1, 'a');
";

const REBUILD: &str = "
    CREATE TABLE shelf_new (id INTEGER PRIMARY KEY, name TEXT UNIQUE, room TEXT);
    INSERT INTO shelf_new (id, name) SELECT id, name FROM shelf;
    DROP TABLE shelf;
    ALTER TABLE shelf_new RENAME TO shelf;
";

fn nothing(_: &mut Op<'_, Sqlite>) -> Result<()> {
    Ok(())
}

fn library() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(LIBRARY).unwrap();
    connection
}

/// Runs a revision on the library, with or without a transaction.
fn run(connection: &mut Connection, up: Code, transaction: bool) -> std::result::Result<(), Error> {
    let mut one = revision("one", &[], up, nothing);
    one.header.transaction = transaction;
    migrations_of([one]).upgrade(connection).map(|_| ())
}

fn count(connection: &Connection, what: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {what}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

fn whole(connection: &Connection) -> bool {
    let on: bool = connection
        .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
        .unwrap();
    let broken = connection
        .prepare("PRAGMA foreign_key_check")
        .unwrap()
        .exists([])
        .unwrap();
    on && !broken
        && count(connection, "book") == 3
        && count(connection, "loan WHERE shelf IS NOT NULL") == 1
}

#[test]
fn a_table_rebuilt_manually_keeps_the_rows_that_reference_it() {
    let revisions: [Code; 6] = [
        |op| op.execute(REBUILD),
        |op| {
            op.execute(&format!(
                "PRAGMA foreign_keys=OFF; {REBUILD} PRAGMA foreign_keys=ON;"
            ))
        },
        |op| op.execute(&format!("PRAGMA foreign_keys = 0; {REBUILD}")),
        |op| op.execute(&format!("PRAGMA defer_foreign_keys=ON; {REBUILD}")),
        |op| {
            let mut steps = REBUILD.split(';').filter(|sql| !sql.trim().is_empty());
            steps.try_for_each(|sql| op.execute_with(sql, &[]).map(|_| ()))
        },
        |op| {
            op.execute("PRAGMA foreign_keys=OFF")?;
            op.execute("CREATE TEMP TABLE kept AS SELECT * FROM shelf")?;
            op.execute("DELETE FROM shelf; INSERT INTO shelf SELECT * FROM kept; ALTER TABLE shelf ADD room; DROP TABLE temp.kept")
        },
    ];
    for (number, recipe) in revisions.into_iter().enumerate() {
        for transaction in [true, false] {
            let mut connection = library();
            run(&mut connection, recipe, transaction).unwrap();
            assert!(whole(&connection), "{number} {transaction}");
            connection
                .execute("UPDATE shelf SET room = 'x'", [])
                .unwrap();
        }
    }
}

#[test]
fn a_dropped_table_leaves_no_row_that_references_it() {
    let refused: [Code; 5] = [
        |op| op.execute("DROP TABLE shelf"),
        |op| {
            op.execute_with("DROP TABLE IF EXISTS main.shelf", &[])
                .map(|_| ())
        },
        |op| op.query("DROP TABLE shelf", &[]).map(|_| ()),
        |op| op.execute("PRAGMA foreign_keys=OFF; DROP TABLE shelf"),
        |op| {
            op.execute("ALTER TABLE shelf RENAME TO old; CREATE TABLE shelf (id INTEGER PRIMARY KEY, name UNIQUE)")?;
            op.execute("INSERT INTO shelf SELECT * FROM old; DROP TABLE old")
        },
    ];
    for (number, up) in refused.into_iter().enumerate() {
        let mut connection = library();
        let error = run(&mut connection, up, true).unwrap_err();
        assert!(whole(&connection), "{number}");
        assert!(
            error.to_string().contains("reference missing rows"),
            "{error}"
        );
        assert!(error.help().unwrap().contains("op.alter_table"), "{error}");
        let mut connection = library();
        assert!(run(&mut connection, up, false).is_err());
        assert_eq!(
            count(&connection, "book WHERE shelf IS NOT NULL"),
            3,
            "{number}"
        );
    }
    let mut connection = library();
    run(
        &mut connection,
        |op| op.execute("DROP TABLE shelf; DROP TABLE book; DROP TABLE loan"),
        true,
    )
    .unwrap();
}

#[test]
fn existing_orphans_are_not_an_error() {
    let mut connection = library();
    connection
        .execute_batch(
            "PRAGMA foreign_keys=0; INSERT INTO book VALUES (4, 99); PRAGMA foreign_keys=1",
        )
        .unwrap();
    run(&mut connection, |op| op.execute(REBUILD), true).unwrap();
    assert_eq!(count(&connection, "book"), 4);
    let mut connection = library();
    connection
        .execute_batch(
            "PRAGMA foreign_keys=0; INSERT INTO book VALUES (4, 99); PRAGMA foreign_keys=1",
        )
        .unwrap();
    let up: Code = |op| op.execute(&format!("PRAGMA foreign_keys=OFF;{REBUILD}"));
    run(&mut connection, up, true).unwrap();
    assert_eq!(count(&connection, "book"), 4);
}

#[test]
fn a_table_is_not_emptied_or_replaced_over_the_rows_of_others() {
    let refused: [(Code, &str); 4] = [
        (
            |op| op.execute("DELETE FROM shelf"),
            "delete 3 rows of `book`",
        ),
        (
            |op| {
                op.execute_with("REPLACE INTO shelf VALUES (?1, 'a')", &params![1])
                    .map(|_| ())
            },
            "delete 2 rows of `book`",
        ),
        (
            |op| op.execute("INSERT OR REPLACE INTO shelf SELECT id, name FROM shelf"),
            "delete 3 rows of `book`",
        ),
        (
            |op| {
                op.query("REPLACE INTO shelf VALUES (3, 'a') RETURNING id", &[])
                    .map(|_| ())
            },
            "delete 2 rows of `book`",
        ),
    ];
    for (up, words) in refused {
        for transaction in [true, false] {
            let mut connection = library();
            let error = run(&mut connection, up, transaction).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(whole(&connection), "{words}");
        }
    }
    let done: [Code; 4] = [
        |op| op.execute("DELETE FROM shelf WHERE id = 2"),
        |op| op.execute("DELETE FROM loan; DELETE FROM book; DELETE FROM shelf"),
        |op| op.execute("REPLACE INTO shelf VALUES (3, 'c')"),
        |op| {
            let rows = op.query("REPLACE INTO shelf VALUES (3, 'c') RETURNING id", &[])?;
            assert_eq!(rows.len(), 1);
            Ok(())
        },
    ];
    for up in done {
        run(&mut library(), up, true).unwrap();
    }
}

#[test]
fn application_code_deletes_no_rows_of_other_tables_with_a_table() {
    for transaction in [true, false] {
        let mut connection = library();
        let up: Code = |op| Ok(op.connection().execute_batch("DROP TABLE shelf")?);
        let error = run(&mut connection, up, transaction).unwrap_err();
        assert!(whole(&connection));
        assert!(
            error.to_string().contains("drops the table `shelf`"),
            "{error}"
        );
        assert!(error.help().unwrap().contains("op.execute"), "{error}");
    }
    // A DELETE after the DROP is not part of it.
    let up: Code = |op| {
        let connection = op.connection();
        connection.execute_batch("DROP TABLE loan; DELETE FROM book; DELETE FROM shelf")?;
        Ok(())
    };
    run(&mut library(), up, true).unwrap();
}

const NOTES: &str = "
    CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, other TEXT);
    CREATE TABLE log (id INTEGER PRIMARY KEY, body TEXT);
    CREATE VIEW short AS SELECT substr(body, 1, 10) AS s FROM note;
    CREATE VIEW odd AS SELECT title_sort(\"body\") AS s FROM note;
    CREATE TRIGGER keep AFTER INSERT ON note BEGIN INSERT INTO log VALUES (NEW.id, NEW.body); END;
    CREATE VIRTUAL TABLE note_fts USING fts5(body, content='note', content_rowid='id');
";

fn noted(up: Code, transaction: bool) -> std::result::Result<(), Error> {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(NOTES).unwrap();
    run(&mut connection, up, transaction)
}

#[test]
fn statements_leave_no_view_trigger_or_full_text_table_that_no_longer_works() {
    let refused: [(Code, &[&str]); 6] = [
        (
            |op| op.execute("DROP TABLE log"),
            &["trigger `keep`: no such table: main.log"],
        ),
        (
            |op| op.execute("ALTER TABLE log ADD COLUMN more TEXT"),
            &["trigger `keep`: table log has 3 columns"],
        ),
        (
            |op| op.execute_with("DROP TABLE note", &[]).map(|_| ()),
            &["view `short`", "full-text table `note_fts`: no such table"],
        ),
        (
            |op| {
                op.query("ALTER TABLE note RENAME TO notes", &[])
                    .map(|_| ())
            },
            &["full-text table `note_fts`: no such table: main.note"],
        ),
        (
            |op| op.execute("-- by hand\nALTER TABLE note RENAME COLUMN body TO text"),
            &["full-text table `note_fts`: no such column: T.body"],
        ),
        (
            |op| {
                op.execute(
                    "DROP VIEW short; DROP TABLE note; CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)",
                )
            },
            &["view `odd`", "no such column: T.body"],
        ),
    ];
    for (number, (up, words)) in refused.into_iter().enumerate() {
        let error = noted(up, true).unwrap_err();
        let message = error.to_string();
        for words in words {
            assert!(message.contains(words), "{number}: {message}");
        }
        assert!(error.help().unwrap().contains("same revision"), "{number}");
    }
}

#[test]
fn statements_may_break_what_is_repaired_before_the_revision_ends() {
    let done: [Code; 4] = [
        |op| op.execute("DROP TRIGGER keep; DROP TABLE log"),
        |op| {
            op.execute(
                "DROP TABLE note_fts; ALTER TABLE note RENAME COLUMN body TO text;
                 CREATE VIRTUAL TABLE note_fts USING fts5(text, content='note', content_rowid='id');",
            )
        },
        |op| {
            op.execute(
                "CREATE TABLE n AS SELECT * FROM note; DROP TABLE note;
                 CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO note SELECT id, body FROM n; DROP TABLE n;",
            )
        },
        |op| op.execute("ALTER TABLE note DROP COLUMN other"),
    ];
    for (number, up) in done.into_iter().enumerate() {
        for transaction in [true, false] {
            let result = noted(up, transaction);
            assert!(result.is_ok(), "{number} {transaction}: {result:?}");
        }
    }
}

#[test]
fn existing_failures_are_not_an_error() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE a (id INTEGER); CREATE TABLE b (id INTEGER); CREATE VIEW bad AS SELECT a.id FROM a, b;
             CREATE VIRTUAL TABLE f USING fts5(id, word, content='b'); DROP TABLE a;",
        )
        .unwrap();
    run(&mut connection, |op| op.execute("DROP TABLE b"), true).unwrap();
}
