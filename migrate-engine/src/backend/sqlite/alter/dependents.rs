//! Tests of objects that depend on a table and that SQLite's own statements do not check.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use tempfile::NamedTempFile;

use crate::error::OpError;
use crate::v1::*;

fn on(
    schema: &str,
    work: fn(&mut Op<'_, Sqlite>) -> Result<()>,
) -> (Connection, NamedTempFile, Result<()>) {
    let file = NamedTempFile::new().unwrap();
    let connection = Connection::open(file.path()).unwrap();
    let flags = FunctionFlags::SQLITE_UTF8;
    connection
        .create_scalar_function("title_sort", 1, flags, |_| Ok(1))
        .unwrap();
    connection
        .create_collation("unicase", |a, b| a.cmp(b))
        .unwrap();
    connection.execute_batch(schema).unwrap();
    // The application registered them; this connection does not know them.
    let connection = Connection::open(file.path()).unwrap();
    let before = text(&connection);
    let result = work(&mut Op::new(&connection));
    if result.is_err() {
        assert_eq!(text(&connection), before);
    }
    (connection, file, result)
}

fn text(connection: &Connection) -> Vec<String> {
    let sql = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY rowid";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

#[track_caller]
fn refused(schema: &str, work: fn(&mut Op<'_, Sqlite>) -> Result<()>, words: &str) {
    let (_, _, result) = on(schema, work);
    let Err(error) = result else {
        panic!("not refused: {schema}")
    };
    let error = error.to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn what_a_trigger_or_view_needs_is_not_dropped_natively_either() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY);";
    for object in [
        "CREATE TRIGGER o AFTER INSERT ON t BEGIN UPDATE t SET b = 'x' WHERE id = NEW.id; END",
        "CREATE TRIGGER o AFTER INSERT ON u BEGIN UPDATE t SET b = 'x'; END",
        "CREATE TRIGGER o AFTER INSERT ON u BEGIN INSERT INTO t (id, b) VALUES (1, 2); END",
        "CREATE VIEW o AS SELECT t.b FROM t",
        "CREATE VIEW o AS SELECT title_sort(b) AS s FROM t",
        "CREATE TRIGGER o AFTER INSERT ON t BEGIN UPDATE t SET a = title_sort(NEW.b) WHERE id = NEW.id; END",
        "CREATE VIEW o AS SELECT id FROM t ORDER BY b COLLATE unicase",
    ] {
        let schema = format!("{table}{object};");
        refused(&schema, |op| op.drop_column("t", "b"), "`o`");
        // A trigger on the table is dropped with it.
        if !object.contains("ON t ") {
            refused(&schema, |op| op.drop_table("t"), "`o`");
        }
    }
    // An unknown function or collation does not prevent a change that does not affect its object.
    let schema = format!(
        "{table} CREATE VIEW o AS SELECT title_sort(a) AS s FROM t ORDER BY a COLLATE unicase;"
    );
    let (_, _, done) = on(&schema, |op| {
        op.drop_column("t", "b")?;
        op.add_column("t", Column::new("c", Text))?;
        op.drop_table("u")
    });
    done.unwrap();
}

#[test]
fn a_column_is_not_added_where_columns_are_counted() {
    let tables = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE log (id INTEGER PRIMARY KEY, a TEXT);";
    let add = |op: &mut Op<'_, Sqlite>| op.add_column("log", Column::new("c", Text));
    for object in [
        "CREATE TRIGGER o AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NULL, NEW.a); END",
        "CREATE TRIGGER o AFTER INSERT ON t BEGIN INSERT INTO log SELECT * FROM t; END",
        "CREATE VIEW o AS SELECT * FROM t UNION SELECT * FROM log",
    ] {
        refused(&format!("{tables}{object};"), add, "`o`");
    }
    let named = "CREATE TRIGGER o AFTER INSERT ON t BEGIN INSERT INTO log (a) VALUES (NEW.a); END;";
    on(&format!("{tables}{named}"), add).2.unwrap();
}

#[test]
fn what_a_full_text_table_reads_keeps_its_name() {
    let schema = "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, extra TEXT, more TEXT);
        CREATE VIRTUAL TABLE note_fts USING fts5(body, content='note', content_rowid='id');";
    refused(
        schema,
        |op| op.rename_column("note", "body", "text"),
        "`note_fts`",
    );
    refused(schema, |op| op.rename_table("note", "notes"), "`note_fts`");
    refused(schema, |op| op.drop_column("note", "body"), "`note_fts`");
    refused(schema, |op| op.drop_table("note"), "`note_fts`");
    let (_, _, done) = on(schema, |op| {
        op.drop_column("note", "extra")?;
        op.rename_column("note", "more", "less")?;
        op.alter_column("note", "less", |c| c.set_type(Integer))?;
        op.execute("DROP TABLE note_fts")?;
        op.rename_table("note", "notes")
    });
    done.unwrap();
}

#[test]
fn a_view_that_is_broken_already_does_not_stop_a_rename() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY);
        CREATE VIEW good AS SELECT a FROM t; CREATE VIEW unknown AS SELECT title_sort(a) AS s FROM t;
        CREATE INDEX ix ON t (b COLLATE unicase);
        CREATE TABLE gone (id INTEGER); CREATE VIEW bad AS SELECT id FROM gone; DROP TABLE gone;";
    let (connection, _file, done) = on(schema, |op| {
        op.rename_column("t", "a", "c")?;
        op.rename_table("t", "v")?;
        op.rename_table("u", "U")?;
        op.drop_table("U")
    });
    done.unwrap();
    let text = text(&connection).join("\n");
    assert!(text.contains("VIEW good AS SELECT c FROM \"v\""), "{text}");
    assert!(text.contains("title_sort(c) AS s FROM \"v\""), "{text}");
    assert!(text.contains("VIEW bad AS SELECT id FROM gone"), "{text}");
    assert!(
        connection
            .execute_batch("UPDATE sqlite_schema SET name = name")
            .is_err()
    );
}

#[test]
fn a_name_may_change_in_the_case_of_its_letters_only() {
    let schema = "PRAGMA foreign_keys = ON;
        CREATE TABLE Guest (id INTEGER PRIMARY KEY AUTOINCREMENT, Mail TEXT);
        CREATE TABLE stay (id INTEGER PRIMARY KEY, guest INTEGER REFERENCES Guest (id) ON DELETE CASCADE);
        CREATE VIEW v AS SELECT Mail FROM Guest; CREATE INDEX ix ON Guest (Mail);
        CREATE TRIGGER tr AFTER INSERT ON Guest BEGIN UPDATE Guest SET Mail = lower(Mail) WHERE id = NEW.id; END;
        INSERT INTO Guest (Mail) VALUES ('A@B'); INSERT INTO stay VALUES (1, 1);";
    let (connection, _file, done) = on(schema, |op| {
        op.rename_table("Guest", "guest")?;
        op.rename_column("guest", "Mail", "mail")
    });
    done.unwrap();
    let text = text(&connection).join("\n");
    assert!(text.contains("CREATE TABLE \"guest\""), "{text}");
    assert!(
        text.contains("mail TEXT") && !text.contains("_migrate_"),
        "{text}"
    );
    connection
        .execute("INSERT INTO guest (mail) VALUES ('C@D')", [])
        .unwrap();
    let rows: String = connection
        .query_row("SELECT group_concat(mail) FROM v", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, "a@b,c@d");
    connection.execute("DELETE FROM guest", []).unwrap();
    let count: i64 = connection
        .query_row("SELECT count(*) FROM stay", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
}

#[test]
fn statistics_survive_a_table_that_can_not_move_away() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b TEXT, CHECK (t.a > 0)); CREATE INDEX ix ON t (a);
        INSERT INTO t (a) VALUES (1), (2), (2); ANALYZE;";
    let (connection, _file, done) = on(schema, |op| {
        op.alter_column("t", "b", |c| c.set_type(Integer))
    });
    done.unwrap();
    let found: String = connection
        .query_row(
            "SELECT group_concat(idx || ' ' || stat) FROM sqlite_stat1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(found, "ix 3 2");
}

#[test]
fn a_view_that_sqlite_can_not_change_along_is_named_with_what_to_do() {
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
        CREATE VIEW v AS WITH c AS (SELECT a FROM t) SELECT a FROM c;";
    let by_operation = |op: &mut Op<'_, Sqlite>| op.rename_column("t", "a", "b");
    let manually = |op: &mut Op<'_, Sqlite>| op.execute("ALTER TABLE t RENAME COLUMN a TO b");
    for work in [
        by_operation as fn(&mut Op<'_, Sqlite>) -> Result<()>,
        manually,
    ] {
        let (_, _, result) = on(schema, work);
        let error = result.unwrap_err();
        assert!(error.to_string().contains("view v"), "{error}");
        let help = match error.inner().downcast_ref::<OpError>() {
            Some(OpError::Statement { source, .. }) => source.help(),
            other => panic!("{other:?}"),
        };
        assert!(help.unwrap().contains("drop it before"));
    }
}
