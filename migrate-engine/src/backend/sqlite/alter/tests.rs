//! Operations that SQLite has no statement for, run as in revisions.

use rusqlite::Connection;

use crate::error::OpError;
use crate::v1::*;
use migrate_schema::operation::{Constraint, DropConstraint, Operation};
use migrate_schema::schema::PrimaryKey;

const SCHEMA: &str = "PRAGMA foreign_keys = ON;
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, -- the address
        age TEXT, team INTEGER, CONSTRAINT uq UNIQUE (email, team));
    CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE CASCADE);
    CREATE INDEX ix_age ON users (age DESC);
    CREATE VIEW adults AS SELECT email FROM users WHERE age > 17;
    CREATE TRIGGER told AFTER INSERT ON users BEGIN INSERT INTO posts (user_id) VALUES (new.id); END;
    INSERT INTO users VALUES (3, 'a@b', '30', 1), (7, 'c@d', NULL, 2);";

fn on(work: impl FnOnce(&mut Op<'_, Sqlite>) -> Result<()>) -> (Connection, Result<u32>) {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    let mut op = Op::new(&connection);
    let result = work(&mut op);
    let statements = op.record.statements;
    (connection, result.map(|()| statements))
}

fn text(connection: &Connection, name: &str) -> String {
    let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
    connection.query_row(sql, [name], |row| row.get(0)).unwrap()
}

#[test]
fn several_changes_of_one_table_are_one_rebuild() {
    let (connection, steps) = on(|op| {
        op.alter_table("users", |t| {
            t.alter_column("age", |c| {
                c.set_type(Integer);
                c.not_null();
                c.using("coalesce(age, 0)");
                c.default(18);
            });
            t.add_column(
                Column::new("made", DateTime)
                    .not_null()
                    .default(Expr::new("CURRENT_TIMESTAMP")),
            );
            t.drop_constraint("uq");
            t.add_unique(Unique::new("email").named("uq_email"));
            t.add_check(Check::new("age >= 0").named("ck_age"));
            t.add_foreign_key(
                "team",
                ForeignKey::to("users", "id")
                    .on_delete(SetNull)
                    .deferred()
                    .named("fk_boss"),
            );
            t.drop_column("email");
        })
    });
    // The unique constraint needs the dropped column.
    assert!(steps.unwrap_err().to_string().contains("no column `email`"));
    assert!(text(&connection, "users").ends_with("CONSTRAINT uq UNIQUE (email, team))"));

    let (connection, steps) = on(|op| {
        op.execute("UPDATE users SET team = NULL")?;
        op.alter_table("users", |t| {
            t.alter_column("age", |c| {
                c.set_type(Integer);
                c.not_null();
                c.using("coalesce(age, 0)");
                c.default(18);
            });
            t.add_column(
                Column::new("made", DateTime)
                    .not_null()
                    .default(Expr::new("CURRENT_TIMESTAMP")),
            );
            t.drop_constraint("uq");
            t.add_unique(Unique::new("email").named("uq_email"));
            t.add_check(Check::new("age >= 0").named("ck_age"));
            t.add_foreign_key(
                "team",
                ForeignKey::to("users", "id")
                    .on_delete(SetNull)
                    .deferred()
                    .named("fk_boss"),
            );
        })
    });
    assert_eq!(steps.unwrap(), 2);
    assert_eq!(
        text(&connection, "users"),
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, -- the address\n        \
         age INTEGER DEFAULT 18 NOT NULL, team INTEGER, made DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, \
         CONSTRAINT uq_email UNIQUE (email), CONSTRAINT ck_age CHECK (age >= 0), \
         CONSTRAINT fk_boss FOREIGN KEY (team) REFERENCES users (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED)"
    );
    let posts: i64 = connection
        .query_row("SELECT count(*) FROM posts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(posts, 2);
    connection
        .execute_batch("INSERT INTO users (email) VALUES ('e@f'); DELETE FROM users WHERE id = 8")
        .unwrap();
}

#[test]
fn each_change_by_itself_is_done_too() {
    let unique = || Column::new("code", Varchar(9)).unique();
    let (connection, result) = on(|op| {
        op.add_column("users", unique())?;
        op.add_column(
            "posts",
            Column::new("team", Integer)
                .references(ForeignKey::to("users", "id"))
                .default(3),
        )?;
        op.add_column(
            "posts",
            Column::new("twice", Integer).generated_stored("id * 2"),
        )?;
        op.drop_column("users", "code")?;
        op.execute("DROP TRIGGER told")?;
        op.drop_column("posts", "user_id")?;
        op.run(Operation::AddConstraint(
            migrate_schema::operation::AddConstraint::new(
                "adults_of",
                Constraint::PrimaryKey(PrimaryKey::new("id")),
            ),
        ))
    });
    let error = result.unwrap_err().to_string();
    assert_eq!(
        error,
        "can't add primary key to `adults_of`: there is no table `adults_of`"
    );
    assert_eq!(
        text(&connection, "posts"),
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, team INTEGER DEFAULT 3 REFERENCES users (id), \
         twice INTEGER GENERATED ALWAYS AS (id * 2) STORED)"
    );
    assert!(!text(&connection, "users").contains("code"));
}

#[test]
fn a_key_is_created_from_other_columns_and_the_rows_are_kept() {
    let (connection, result) = on(|op| {
        op.execute("CREATE TABLE prices (name TEXT, CONSTRAINT pk PRIMARY KEY (name)); INSERT INTO prices VALUES ('a')")?;
        op.alter_table("prices", |t| {
            t.drop_constraint("pk");
            t.add_column(Column::new("day", Date).not_null().default("2026-01-01"));
            t.add_primary_key(PrimaryKey::new(["name", "day"]).named("pk"));
        })
    });
    result.unwrap();
    let found: String = connection
        .query_row("SELECT name || day FROM prices", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, "a2026-01-01");
    assert!(text(&connection, "prices").contains("CONSTRAINT pk PRIMARY KEY (name, day)"));
}

#[test]
fn a_comment_beside_a_dropped_column_is_kept() {
    let (connection, result) = on(|op| {
        op.execute("DROP INDEX ix_age; DROP VIEW adults")?;
        op.drop_column("users", "age")
    });
    result.unwrap();
    assert!(text(&connection, "users").contains("NOT NULL, -- the address\n        team INTEGER"));
}

#[test]
fn impossible_changes_are_reported_with_a_workaround() {
    for (work, message) in [
        (
            (|op| op.drop_column("users", "age")) as fn(&mut Op<'_, Sqlite>) -> Result<()>,
            "can't drop column `users.age`: column `age` is used by index `ix_age`",
        ),
        (
            |op| op.alter_table("users", |t| t.alter_column("age", |c| c.not_null())),
            "can't alter column `users.age`: column `age` would be NOT NULL, but 1 rows contain NULL: row 7",
        ),
        (
            |op| {
                op.alter_table("users", |t| {
                    t.alter_column("email", |c| c.set_type(Integer))
                })
            },
            "can't alter column `users.email`: 2 values of column `email` would change or would not fit the type `INTEGER`: \
             row 3: 'a@b', row 7: 'c@d'",
        ),
        (
            |op| op.alter_table("users", |t| t.add_check(Check::new("id > 3").named("c"))),
            "can't add check `c` to `users`: the rows violate the constraints of the new table: CHECK constraint failed: c: row 3",
        ),
        (
            |op| op.alter_table("users", |t| t.drop_constraint("nope")),
            "can't drop constraint `nope` of `users`: `users` has no constraint `nope`",
        ),
        (
            |op| {
                op.alter_table("users", |t| {
                    t.alter_column("age", |c| c.set_type(Integer));
                    t.add_foreign_key("team", ForeignKey::to("users", "id").named("fk"));
                })
            },
            "can't alter table `users`: 2 foreign keys would reference missing rows: `users` row 3, `team` to `users`, \
             `users` row 7, `team` to `users`",
        ),
    ] {
        let (connection, result) = on(work);
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), message);
        let help = match error.inner().downcast_ref::<OpError>() {
            Some(OpError::Invalid { help, .. } | OpError::Unsupported { help, .. }) => help.clone(),
            other => panic!("{other:?}"),
        };
        assert!(!help.is_empty());
        let fresh = Connection::open_in_memory().unwrap();
        fresh.execute_batch(SCHEMA).unwrap();
        let schema = |connection: &Connection| Op::<Sqlite>::new(connection).schema().unwrap();
        assert_eq!(
            schema(&fresh).differences(&schema(&connection)),
            Vec::<String>::new()
        );
    }
}

#[test]
fn each_constraint_and_its_reverse_leave_the_schema_as_it_was() {
    let named = |name: &str| Some(name.to_owned());
    let mut key = PrimaryKey::new(["id", "email"]);
    key.name = named("pk");
    let constraints = [
        Constraint::PrimaryKey(key),
        Constraint::Unique(Unique::new("age").named("u")),
        Constraint::Check(Check::new("id > 0").named("c")),
        Constraint::ForeignKey(ForeignKey {
            columns: vec!["id".into()],
            ..ForeignKey::to("users", "id").named("f").on_update(Cascade)
        }),
    ];
    for constraint in constraints {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, age); CREATE TABLE t (id INTEGER NOT NULL, email TEXT, age);
                   INSERT INTO users VALUES (1, 'a', 2); INSERT INTO t VALUES (1, 'a', 2);";
        connection.execute_batch(sql).unwrap();
        let mut op = Op::<Sqlite>::new(&connection);
        let before = op.schema().unwrap();
        let add = Operation::AddConstraint(migrate_schema::operation::AddConstraint::new(
            "t", constraint,
        ));
        let back = add.clone().reverse().unwrap();
        assert!(matches!(
            &back,
            Operation::DropConstraint(DropConstraint {
                constraint: Some(_),
                ..
            })
        ));
        op.run(add.clone()).unwrap();
        assert!(
            !before.differences(&op.schema().unwrap()).is_empty(),
            "{add:?}"
        );
        op.run(back).unwrap();
        assert_eq!(
            before.differences(&op.schema().unwrap()),
            Vec::<String>::new(),
            "{add:?}"
        );
    }
}
