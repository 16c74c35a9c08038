//! Tests of the row helpers on SQLite. The tests of the workspace cover the differences of other backends.
#![cfg(feature = "sqlite")]

use proptest::prelude::*;
use rusqlite::Connection;

use crate::v1::*;

#[derive(Row, Debug, PartialEq)]
#[row(table = "users", key = "id")]
struct User {
    id: i64,
    name: String,
    avatar: Option<String>,
}

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, avatar TEXT)";

fn database(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

fn users(count: i64) -> Connection {
    let connection = database(USERS);
    let mut insert = connection
        .prepare("INSERT INTO users VALUES (?1, 'user ' || ?1, NULL)")
        .unwrap();
    for id in 1..=count {
        insert.execute([id]).unwrap();
    }
    drop(insert);
    connection
}

/// Returns the error of work on `connection` as a user sees it: message, then help.
fn failure_of<T: std::fmt::Debug>(
    connection: &Connection,
    work: impl FnOnce(&mut Op<'_, Sqlite>) -> Result<T>,
) -> String {
    let mut op = Op::new(connection);
    op.record.revision = "a1b2".to_owned();
    let error = work(&mut op).unwrap_err();
    match error.inner().downcast_ref::<crate::error::OpError>() {
        Some(crate::error::OpError::Invalid { help, .. }) => format!("{error}\n help: {help}"),
        _ => error.to_string(),
    }
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn each_row_is_read_once_and_only_what_changed_is_written() {
    let connection = users(25);
    connection
        .execute_batch(
            "CREATE TABLE log (id INTEGER, what TEXT);
             CREATE TRIGGER name AFTER UPDATE OF name ON users BEGIN INSERT INTO log VALUES (new.id, 'name'); END;
             CREATE TRIGGER avatar AFTER UPDATE OF avatar ON users BEGIN INSERT INTO log VALUES (new.id, 'avatar'); END;",
        )
        .unwrap();
    for batch in [1, 7, 25, 26, 1_000] {
        connection
            .execute_batch("UPDATE users SET avatar = NULL; DELETE FROM log")
            .unwrap();
        let mut op = Op::<Sqlite>::new(&connection);
        let mut seen = Vec::new();
        let rows = op.rows::<User>().batch_size(batch);
        let done = rows.update(|user| {
            seen.push(user.id);
            if user.id % 2 == 0 {
                user.avatar = Some(format!("picture {}", user.id));
            }
            Ok(())
        });
        let done = done.unwrap();
        assert_eq!(
            (done.rows_read, done.rows_updated),
            (25, 12),
            "batch of {batch}"
        );
        assert_eq!(seen, (1..=25).collect::<Vec<_>>());
        let log = "SELECT group_concat(id || what, ' ') FROM (SELECT * FROM log ORDER BY id)";
        let expected: Vec<String> = (1..=12).map(|half| format!("{}avatar", half * 2)).collect();
        assert_eq!(text(&connection, log), expected.join(" "));
    }
}

#[test]
fn a_filter_has_parameters_and_rows_may_leave_it() {
    let connection = users(10);
    let mut op = Op::<Sqlite>::new(&connection);
    let rows = op.rows::<User>().batch_size(3);
    let done = rows
        .filter("avatar IS NULL AND id > ?1", &params![4])
        .update(|user| {
            user.avatar = Some("x".into());
            Ok(())
        })
        .unwrap();
    assert_eq!((done.rows_read, done.rows_updated), (6, 6));
    let count = "SELECT count(*) || '' FROM users WHERE avatar IS NULL";
    assert_eq!(text(&connection, count), "4");
}

#[test]
fn the_function_can_query_the_database() {
    let connection = users(3);
    let mut op = Op::<Sqlite>::new(&connection);
    let rows = op.rows::<User>().batch_size(2);
    let done = rows.update_with(|op, user| {
        let sql = "SELECT max(id) FROM users WHERE id < ?1";
        let before = op.query(sql, &params![user.id])?;
        user.avatar = before[0][0].as_i64().map(|id| id.to_string());
        Ok(())
    });
    assert_eq!(done.unwrap().rows_updated, 2);
    let mut avatars = Vec::new();
    let count = op.rows::<User>().batch_size(2).for_each(|user| {
        avatars.push(user.avatar);
        Ok(())
    });
    assert_eq!(count.unwrap(), 3);
    assert_eq!(avatars, [None, Some("1".into()), Some("2".into())]);
}

#[test]
fn rows_are_added_and_a_missing_key_is_given_by_the_database() {
    #[derive(Row)]
    #[row(table = "users")]
    struct NewUser {
        id: Option<i64>,
        name: String,
        length: Option<i64>,
    }
    let connection = database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, length INTEGER AS (length(name)))",
    );
    let mut op = Op::<Sqlite>::new(&connection);
    let user = |(id, name): (Option<i64>, &str)| NewUser {
        id,
        name: name.into(),
        length: None,
    };
    let rows = [(None, "Ann"), (Some(-7), "Bob"), (None, "Cecilia")].map(user);
    assert_eq!(op.insert_rows(rows).unwrap(), 3);
    let all =
        "SELECT group_concat(id || name || length, ' ') FROM (SELECT * FROM users ORDER BY id)";
    assert_eq!(text(&connection, all), "-7Bob3 1Ann3 2Cecilia7");
    let again = failure_of(&connection, |op| op.insert_rows([user((Some(1), "Eve"))]));
    assert!(again.contains("UNIQUE"), "{again}");
}

#[test]
fn an_outdated_row_type_is_reported_on_an_empty_table_too() {
    #[derive(Row)]
    #[row(table = "users")]
    struct Newer {
        id: i64,
        nickname: String,
        language: String,
        avatar: Option<String>,
    }
    let error = failure_of(&database(USERS), |op| op.rows::<Newer>().update(|_| Ok(())));
    assert_eq!(
        error,
        "can't process the rows of `users`: columns `nickname`, `language` of `Newer` are not in table `users` at this revision
 help: `Newer` has changed since: in the revision, replace its `use` by the type below, which matches the table; if the revision is frozen, then confirm the edit with `cargo migrate freeze a1b2 --accept-edit`

    #[derive(Row)]
    #[row(table = \"users\", key = \"id\")]
    struct Newer {
        id: i64,
        avatar: Option<String>,
    }
"
    );
    let error = failure_of(&database("CREATE TABLE t (a)"), |op| {
        op.rows::<User>().for_each(|_| Ok(()))
    });
    assert!(
        error.contains("table `users` does not exist at this revision"),
        "{error}"
    );
    let none: [User; 0] = [];
    let error = failure_of(&database("CREATE TABLE t (a)"), |op| op.insert_rows(none));
    assert!(
        error.contains("table `users` does not exist at this revision"),
        "{error}"
    );
}

#[test]
fn a_value_that_the_field_can_not_hold_is_reported_with_its_key() {
    let null = database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, avatar TEXT); INSERT INTO users VALUES (-3, 'Ann', 'a'), (17, NULL, NULL)",
    );
    let mut seen = 0;
    let error = failure_of(&null, |op| {
        op.rows::<User>().for_each(|_| {
            seen += 1;
            Ok(())
        })
    });
    assert_eq!(
        error,
        "can't read the row of `users` with id = 17: column `name`: NULL can't be converted to `String`
 help: make the field an `Option`, or exclude such rows: `.filter(\"name IS NOT NULL\", &[])`"
    );
    assert_eq!(seen, 0, "a batch is read before its first row is looked at");
    let bytes = database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, avatar TEXT); INSERT INTO users VALUES (1, x'ff00', NULL)",
    );
    let error = failure_of(&bytes, |op| op.rows::<User>().for_each(|_| Ok(())));
    assert!(
        error.contains("column `name`: 2 bytes can't be converted to `String`"),
        "{error}"
    );
}

#[test]
fn the_key_can_not_be_changed() {
    let error = failure_of(&users(3), |op| {
        op.rows::<User>().update(|user| {
            user.id += 100;
            Ok(())
        })
    });
    assert!(
        error.starts_with("can't write the row of `users` with id = 1: its key `id` was changed"),
        "{error}"
    );
}

#[test]
fn a_computed_column_is_read_and_not_written() {
    #[derive(Row)]
    #[row(table = "t")]
    struct Computed {
        id: i64,
        name: String,
        length: i64,
    }
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, length INTEGER AS (length(name)) STORED);
         INSERT INTO t VALUES (1, 'Ann')",
    );
    let error = failure_of(&connection, |op| {
        op.rows::<Computed>().update(|row| {
            row.length = 4;
            Ok(())
        })
    });
    assert!(
        error.contains("the database computes column `length`"),
        "{error}"
    );
    let mut op = Op::<Sqlite>::new(&connection);
    let done = op.rows::<Computed>().update(|row| {
        assert_eq!((row.id, row.length), (1, 3));
        row.name.push('a');
        Ok(())
    });
    assert_eq!(done.unwrap().rows_updated, 1);
    assert_eq!(text(&connection, "SELECT name || length FROM t"), "Anna4");
}

#[test]
fn a_key_that_is_not_unique_is_rejected() {
    #[derive(Row, Debug)]
    #[row(table = "t", key = "name")]
    struct Named {
        name: Option<String>,
    }
    let each = |sql: &str| failure_of(&database(sql), |op| op.rows::<Named>().for_each(|_| Ok(())));
    let unique = |sql: &str| {
        let connection = database(sql);
        Op::<Sqlite>::new(&connection)
            .rows::<Named>()
            .for_each(|_| Ok(()))
            .unwrap();
    };
    let refused = "nothing in the table makes it unique";
    assert!(each("CREATE TABLE t (name TEXT)").contains(refused));
    assert!(each("CREATE TABLE t (name TEXT, b TEXT, UNIQUE (name, b))").contains(refused));
    assert!(
        each("CREATE TABLE t (name TEXT); CREATE UNIQUE INDEX i ON t (name) WHERE name > 'a'")
            .contains(refused)
    );
    assert!(
        each("CREATE TABLE t (name TEXT); CREATE UNIQUE INDEX i ON t (lower(name))")
            .contains(refused)
    );
    unique("CREATE TABLE t (name TEXT UNIQUE)");
    unique("CREATE TABLE t (name TEXT PRIMARY KEY)");
    unique("CREATE TABLE T (NAME TEXT); CREATE UNIQUE INDEX i ON t (name)");
    let null = each("CREATE TABLE t (name TEXT PRIMARY KEY); INSERT INTO t VALUES ('a'), (NULL)");
    assert!(null.contains("a row has NULL in its key (name)"), "{null}");
    let connection =
        database("CREATE TABLE t (name TEXT PRIMARY KEY); INSERT INTO t VALUES ('a'), (NULL)");
    let mut op = Op::<Sqlite>::new(&connection);
    let rows = op.rows::<Named>().filter("name IS NOT NULL", &[]);
    assert_eq!(rows.for_each(|_| Ok(())).unwrap(), 1);
}

#[test]
fn an_error_of_the_function_names_its_row() {
    let error = failure_of(&users(3), |op| {
        op.rows::<User>().update(|user| {
            if user.id == 2 {
                user.name.parse::<i64>()?;
            }
            Ok(())
        })
    });
    assert_eq!(
        error,
        "the row of `users` with id = 2: invalid digit found in string"
    );
    let error = failure_of(&users(3), |op| {
        op.rows::<User>()
            .update_with(|op, _| op.execute("SELEKT 1"))
    });
    assert!(error.contains("syntax error"), "{error}");
}

#[test]
fn a_row_that_is_deleted_meanwhile_is_reported() {
    let error = failure_of(&users(3), |op| {
        op.rows::<User>().update_with(|op, user| {
            op.execute_with("DELETE FROM users WHERE id = ?1", &params![user.id])?;
            user.name.push('x');
            Ok(())
        })
    });
    assert!(
        error.contains("with id = 1: it no longer exists"),
        "{error}"
    );
}

#[test]
fn invalid_text_is_kept_unless_it_is_changed() {
    let connection = database(USERS);
    connection
        .execute_batch("INSERT INTO users VALUES (1, CAST(x'41ff' AS TEXT), NULL)")
        .unwrap();
    let mut op = Op::<Sqlite>::new(&connection);
    let done = op.rows::<User>().update(|user| {
        user.avatar = Some("x".into());
        Ok(())
    });
    assert_eq!(done.unwrap().rows_updated, 1);
    assert_eq!(
        text(&connection, "SELECT hex(name) || avatar FROM users"),
        "41FFx"
    );
}

#[test]
fn outside_a_transaction_rows_are_changed_once_although_the_revision_restarts() {
    use std::sync::atomic::{AtomicI64, Ordering};

    /// The row at which the function fails, if it exists.
    static FAILS_AT: AtomicI64 = AtomicI64::new(3);
    /// Whether the statement after the rows is repaired.
    static REPAIRED: AtomicI64 = AtomicI64::new(0);
    let up: crate::test_revisions::Code = |op| {
        op.rows::<User>().batch_size(2).update(|user| {
            user.name.push('!');
            match user.id == FAILS_AT.load(Ordering::Relaxed) {
                true => Err(Error::msg("not this one")),
                false => Ok(()),
            }
        })?;
        if REPAIRED.load(Ordering::Relaxed) == 0 {
            return Err(Error::msg("cut short"));
        }
        Ok(())
    };
    let mut revision = crate::test_revisions::revision("r1", &[], up, |_| Ok(()));
    revision.header.transaction = false;
    let migrations = crate::test_revisions::migrations_of([revision]);
    let mut connection = users(5);
    let names = "SELECT group_concat(name, ' ') FROM (SELECT * FROM users ORDER BY id)";
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(error.to_string().contains("not this one"), "{error}");
    assert!(
        !text(&connection, names).contains('!'),
        "all of it is taken back"
    );
    FAILS_AT.store(0, Ordering::Relaxed);
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");
    REPAIRED.store(1, Ordering::Relaxed);
    migrations.upgrade(&mut connection).unwrap();
    assert_eq!(
        text(&connection, names),
        "user 1! user 2! user 3! user 4! user 5!"
    );
}

#[test]
fn keywords_and_unusual_names_are_quoted() {
    #[derive(Row)]
    #[row(table = "order", key = "group")]
    struct Order {
        group: String,
        r#type: Option<i64>,
        #[row(column = "a \"b\"")]
        odd: i64,
    }
    let connection = database(
        "CREATE TABLE \"order\" (\"group\" TEXT PRIMARY KEY, type INTEGER, \"a \"\"b\"\"\" INTEGER);
         INSERT INTO \"order\" VALUES ('x', 1, 1), ('y', 2, 2)",
    );
    let mut op = Op::<Sqlite>::new(&connection);
    let done = op.rows::<Order>().batch_size(1).update(|order| {
        order.odd += 10;
        order.r#type = order.r#type.filter(|_| order.group != "y");
        Ok(())
    });
    assert_eq!(done.unwrap().rows_updated, 2);
    let all = "SELECT group_concat(coalesce(type, '-') || \"a \"\"b\"\"\", ' ') FROM \"order\"";
    assert_eq!(text(&connection, all), "111 -12");
}

#[derive(Row, Debug)]
#[row(table = "t", key = ["a", "b"])]
struct Pair {
    a: String,
    b: Value,
    seen: i64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Keys of every type, in every order, in batches of every size: each row is visited once, in the order of the key.
    #[test]
    fn every_row_is_visited_once_whatever_its_key(
        keys in prop::collection::btree_set(("[a-cA-C_ ]{0,2}", key()), 0..40),
        batch in 1_usize..12,
    ) {
        let connection = database("CREATE TABLE t (a TEXT, b, seen INTEGER DEFAULT 0, PRIMARY KEY (a, b)) WITHOUT ROWID");
        let mut op = Op::<Sqlite>::new(&connection);
        let pairs = keys.iter().map(|(a, b)| Pair { a: a.clone(), b: b.value(), seen: 0 });
        op.insert_rows(pairs).unwrap();
        let mut order = Vec::new();
        let rows = op.rows::<Pair>().batch_size(batch);
        let done = rows.update(|pair| {
            order.push((pair.a.clone(), pair.b.clone()));
            pair.seen += 1;
            Ok(())
        }).unwrap();
        prop_assert_eq!(done.rows_updated, keys.len() as u64);
        let wrong = text(&connection, "SELECT count(*) || '' FROM t WHERE seen <> 1");
        prop_assert_eq!(wrong, "0");
        let expected = op.query("SELECT a, b FROM t ORDER BY a, b", &[]).unwrap();
        let order: Vec<Vec<Value>> = order.into_iter().map(|(a, b)| vec![Value::Text(a), b]).collect();
        prop_assert_eq!(order, expected);
    }
}

/// A part of a key, never NULL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Part {
    fn value(&self) -> Value {
        match self {
            Part::Number(number) => Value::Integer(*number),
            Part::Text(text) => Value::Text(text.clone()),
            Part::Bytes(bytes) => Value::Blob(bytes.clone()),
        }
    }
}

fn key() -> impl Strategy<Value = Part> {
    prop_oneof![
        any::<i64>().prop_map(Part::Number),
        (-3_i64..3).prop_map(Part::Number),
        "[a-z0-9-]{0,3}".prop_map(Part::Text),
        prop::collection::vec(any::<u8>(), 0..3).prop_map(Part::Bytes),
    ]
}
