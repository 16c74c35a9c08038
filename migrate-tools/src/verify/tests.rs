//! Findings of `verify`, on SQLite.

#![cfg(feature = "sqlite")]

use crate::verify::{RevisionResult, RoundTrip, VerifyOptions, verify, verify_with};
use migrate_engine::macro_support::Revision;
use migrate_engine::test_revisions::{Code, migrations_of, revision};
use migrate_engine::v1::*;

fn create(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("users", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Text).not_null());
        t.column(Column::new("age", Integer));
        t.column(Column::new("kind", Varchar(5)).not_null());
        t.check("kind IN ('plain', 'admin')");
    })?;
    op.create_table("posts", |t| {
        t.column(Column::new("id", Integer).primary_key().autoincrement());
        t.column(
            Column::new("user_id", Integer)
                .not_null()
                .references(ForeignKey::to("users", "id")),
        );
    })
}

fn drop(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("posts")?;
    op.drop_table("users")
}

fn nothing(_: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

fn second(up: Code, down: Code) -> RevisionResult {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision("bbbb", &["aaaa"], up, down),
    ]);
    let mut all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all.remove(0).round_trip, RoundTrip::Passed);
    all.remove(0)
}

fn findings(up: Code, down: Code) -> String {
    failed(&second(up, down)).join("\n")
}

/// Returns the findings of a revision that does not restore the previous state.
fn failed(verified: &RevisionResult) -> &[String] {
    match &verified.round_trip {
        RoundTrip::Failed { findings } => findings,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reversible_revision_passes() {
    let verified = second(
        |op| op.add_column("users", Column::new("email", Text)),
        |op| op.drop_column("users", "email"),
    );
    assert_eq!(verified.round_trip, RoundTrip::Passed);
    assert_eq!(verified.notes, [] as [&str; 0]);
}

#[test]
fn an_incomplete_down_is_found() {
    let found = findings(
        |op| op.add_column("users", Column::new("email", Text)),
        nothing,
    );
    assert_eq!(
        found,
        "`down` does not restore the previous schema: column `users.email` TEXT is in the schema after `down` only\n\
         the second `up` fails: duplicate column name: email, in `ALTER TABLE users ADD COLUMN email TEXT`"
    );
}

#[test]
fn a_column_that_refuses_null_meets_rows_that_hold_null() {
    let found = findings(
        |op| op.alter_column("users", "age", |c| c.not_null()),
        |op| op.alter_column("users", "age", |c| c.null()),
    );
    assert!(found.starts_with("`up` fails"), "{found}");
}

#[test]
fn values_that_are_restored_differently_are_found() {
    let found = findings(
        |op| op.execute("UPDATE users SET name = 'x'"),
        |op| op.execute("UPDATE users SET name = 'y'"),
    );
    assert_eq!(
        found,
        "values of column `users.name` differ after `up` and `down`: 'text 1001' became 'y' where id = 1001; \
         'text 1002' became 'y' where id = 1002; 'text 1003' became 'y' where id = 1003"
    );
}

#[test]
fn rows_that_are_not_restored_are_found() {
    let found = findings(|op| op.execute("DELETE FROM posts"), nothing);
    assert_eq!(
        found,
        "`down` does not restore the rows of table `posts`: 3 became 0: gone where id = 1; gone where id = 2; gone where id = 3"
    );
}

#[test]
fn values_that_only_the_second_up_changes_are_found() {
    // The first `up` leaves a trace that the `down` does not remove.
    let found = findings(
        |op| {
            op.execute("UPDATE users SET name = 'x' WHERE (SELECT user_version FROM pragma_user_version) = 1")?;
            op.execute("PRAGMA user_version = 1")
        },
        nothing,
    );
    assert_eq!(
        found,
        "values of column `users.name` differ after the second `up`: 'text 1001' became 'x' where id = 1001; \
         'text 1002' became 'x' where id = 1002; 'text 1003' became 'x' where id = 1003"
    );
}

#[test]
fn rows_that_only_the_second_up_creates_are_found() {
    let found = findings(
        |op| {
            op.create_table("log", |t| t.column(Column::new("id", Integer)))?;
            op.execute("INSERT INTO log SELECT 1 FROM pragma_user_version WHERE user_version = 1")?;
            op.execute("PRAGMA user_version = 1")
        },
        |op| op.drop_table("log"),
    );
    assert_eq!(
        found,
        "the second `up` leaves different rows in table `log` than the first: 0, then 1"
    );
}

#[test]
fn what_the_second_up_does_to_lost_values_is_a_note() {
    let migrations = migrations_of([
        revision(
            "aaaa",
            &[],
            |op| {
                op.create_table("t", |t| {
                    t.column(Column::new("name", Text).not_null());
                    t.column(Column::new("flag", Integer).not_null().default(0));
                })
            },
            |op| op.drop_table("t"),
        ),
        revision(
            "bbbb",
            &["aaaa"],
            |op| {
                op.execute("UPDATE t SET name = 'x' WHERE flag = 0")?;
                op.drop_column("t", "flag")
            },
            |op| op.add_column("t", Column::new("flag", Integer).not_null().default(0)),
        ),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all[1].round_trip, RoundTrip::Passed);
    assert_eq!(
        all[1].notes,
        [
            "values of column `t.name` differ after the second `up`: 'text 1001', 'text 1002', 'text 1003' became 'x', 'x', 'x'",
            "the values of column `t.flag` are deleted with it"
        ]
    );
}

#[test]
fn values_that_up_writes_may_differ_the_second_time() {
    let verified = second(
        |op| {
            op.add_column("users", Column::new("token", Text))?;
            op.execute("UPDATE users SET token = hex(randomblob(8))")
        },
        |op| op.drop_column("users", "token"),
    );
    assert_eq!(verified.round_trip, RoundTrip::Passed);
    assert_eq!(verified.notes, [] as [&str; 0]);
}

#[test]
fn what_is_dropped_with_a_column_is_a_note() {
    let verified = second(
        |op| op.drop_column("users", "age"),
        |op| op.alter_table("users", |t| t.add_column(Column::new("age", Integer))),
    );
    let findings = failed(&verified);
    assert_eq!(
        findings,
        [
            "`down` does not restore the previous schema: the columns of `users` are in the order \
             id, name, age, kind in the schema before, id, name, kind, age in the schema after `down`"
        ]
    );
    assert_eq!(
        verified.notes,
        ["the values of column `users.age` are deleted with it"]
    );
}

#[test]
fn an_irreversible_revision_is_listed_and_the_next_is_verified() {
    let middle: Revision<Sqlite> =
        revision("bbbb", &["aaaa"], nothing, |op| op.irreversible("gone"));
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        middle,
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let outcomes: Vec<_> = verify(migrations, &VerifyOptions::new())
        .unwrap()
        .into_iter()
        .map(|one| one.round_trip)
        .collect();
    let irreversible = RoundTrip::Irreversible {
        reason: "gone".into(),
    };
    assert_eq!(
        outcomes,
        [RoundTrip::Passed, irreversible, RoundTrip::Passed]
    );
}

#[test]
fn a_verification_continues_after_a_revision_that_fails_on_rows() {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision(
            "bbbb",
            &["aaaa"],
            |op| op.execute("INSERT INTO users (id, name, kind) SELECT id, name, kind FROM users"),
            nothing,
        ),
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all.len(), 3);
    assert!(matches!(all[1].round_trip, RoundTrip::Failed { .. }));
    assert_eq!(all[1].notes, ["without synthetic rows its `up` runs"]);
    assert_eq!(all[2].round_trip, RoundTrip::Passed);
}

#[test]
fn nothing_is_verified_after_a_revision_that_never_runs() {
    let migrations = migrations_of([
        revision("aaaa", &[], |op| op.execute("NOT SQL"), nothing),
        revision("bbbb", &["aaaa"], nothing, nothing),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].notes, ["nothing after it was run"]);
}

#[test]
fn a_range_is_verified_and_earlier_revisions_only_run() {
    let migrations = migrations_of([
        revision("aaaa", &[], create, nothing),
        revision("bbbb", &["aaaa"], nothing, nothing),
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let id = |text: &str| Some(migrate_graph::RevisionId::new(text).unwrap());
    let verify_options = VerifyOptions::new().from(id("bbbb")).to(id("bbbb"));
    let all = verify(migrations, &verify_options).unwrap();
    let ids: Vec<_> = all.iter().map(|one| one.revision.as_str()).collect();
    assert_eq!(ids, ["bbbb"]);
}

/// A database with its own rows, at `aaaa`.
fn real(migrations: &migrate_engine::migrations::Migrations<Sqlite>, file: &std::path::Path) {
    let mut connection = rusqlite::Connection::open(file).unwrap();
    migrations.upgrade_to(&mut connection, "aaaa").unwrap();
    connection
        .execute_batch(
            "INSERT INTO users VALUES (1, 'ann', 30, 'plain'), (2, 'ann', NULL, 'admin');
             INSERT INTO posts VALUES (7, 1)",
        )
        .unwrap();
}

/// Returns the outcome of `bbbb` on a copy of a real database, which is not changed.
fn on_a_copy(up: Code, down: Code) -> RevisionResult {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision("bbbb", &["aaaa"], up, down),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("real.db");
    real(migrations, &file);
    let before = std::fs::read(&file).unwrap();
    let mut all = verify(migrations, &VerifyOptions::new().copy_of(&file)).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    assert_eq!(all.len(), 1, "only what is pending is tried");
    all.remove(0)
}

#[test]
fn a_copy_of_a_real_database_meets_its_own_rows() {
    let unique = |op: &mut Op<'_, Sqlite>| {
        op.create_index(Index::new("ix_users_name", "users", "name").unique())
    };
    let verified = on_a_copy(unique, |op| op.drop_index("users", "ix_users_name"));
    let findings = failed(&verified);
    assert!(findings[0].starts_with("`up` fails: "), "{findings:?}");
    assert_eq!(verified.notes, ["nothing after it was run"]);
    let verified = on_a_copy(
        |op| op.add_column("users", Column::new("email", Text)),
        |op| op.drop_column("users", "email"),
    );
    assert_eq!(verified.round_trip, RoundTrip::Passed);
}

#[test]
fn rows_of_a_copy_that_are_not_restored_are_found() {
    let found = on_a_copy(|op| op.execute("DELETE FROM posts"), nothing);
    let findings = failed(&found);
    assert_eq!(
        findings,
        ["`down` does not restore the rows of table `posts`: 1 became 0: gone where id = 7"]
    );
}

#[test]
fn a_copy_is_downgraded_to_before_the_first_verified_revision() {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision("bbbb", &["aaaa"], nothing, nothing),
        revision("cccc", &["bbbb"], nothing, nothing),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("real.db");
    real(migrations, &file);
    let mut connection = rusqlite::Connection::open(&file).unwrap();
    migrations.upgrade(&mut connection).unwrap();
    std::mem::drop(connection);
    let verify_options = VerifyOptions::new()
        .copy_of(&file)
        .from(Some(migrate_graph::RevisionId::new("bbbb").unwrap()));
    let mut ids = Vec::new();
    let start = verify_with(
        migrations,
        &verify_options,
        &migrate_engine::executor::RunOptions::default(),
        &mut |one| {
            assert_eq!(one.round_trip, RoundTrip::Passed);
            ids.push(one.revision);
        },
    )
    .unwrap();
    assert_eq!(start.downgraded, ["cccc", "bbbb"]);
    assert_eq!(ids, ["bbbb", "cccc"]);
    assert_eq!(
        verify(migrations, &VerifyOptions::new().copy_of(&file)).unwrap(),
        []
    );
}

#[test]
fn a_write_ahead_log_beside_the_copied_database_is_read_and_kept() {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision(
            "bbbb",
            &["aaaa"],
            |op| op.execute("DELETE FROM posts"),
            nothing,
        ),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("real.db");
    let open = rusqlite::Connection::open(&file).unwrap();
    open.execute_batch("PRAGMA journal_mode = WAL; SELECT * FROM sqlite_schema")
        .unwrap();
    real(migrations, &file);
    // A killed process leaves such a file: the log is not joined.
    let left = directory.path().join("left.db");
    for end in ["", "-wal"] {
        let name = |file: &std::path::Path| format!("{}{end}", file.display());
        std::fs::copy(name(&file), name(&left)).unwrap();
    }
    std::mem::drop(open);
    let read =
        || ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", left.display())).unwrap());
    let before = read();
    assert!(!before[1].is_empty());
    let all = verify(migrations, &VerifyOptions::new().copy_of(&left)).unwrap();
    assert!(
        matches!(all[0].round_trip, RoundTrip::Failed { .. }),
        "{all:?}"
    );
    assert_eq!(read(), before);
}

#[test]
fn an_unusable_copy_reports_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("real.db");
    let known = migrations_of([revision("aaaa", &[], create, drop)]);
    real(known, &file);
    let refused = |migrations: &migrate_engine::migrations::Migrations<Sqlite>| {
        let error = verify(migrations, &VerifyOptions::new().copy_of(&file)).unwrap_err();
        let message = error.to_string();
        let rest = message.strip_prefix(&format!("on a copy of `{}`, ", file.display()));
        (rest.unwrap().to_owned(), error.help().unwrap())
    };
    let (message, _) = refused(migrations_of([revision("zzzz", &[], nothing, nothing)]));
    assert_eq!(
        message,
        "table `migrate_revisions` has revisions that this build does not know: `aaaa`"
    );
    let connection = rusqlite::Connection::open(&file).unwrap();
    let columns: String = connection
        .query_row(
            "SELECT group_concat(CASE name WHEN 'revision' THEN '''bbbb''' WHEN 'down_revision' THEN '''aaaa''' WHEN 'compatibility' THEN '''breaking''' WHEN 'sequence' THEN '2' ELSE name END) FROM pragma_table_info('migrate_revisions')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    connection
        .execute_batch(&format!(
            "INSERT INTO migrate_revisions SELECT {columns} FROM migrate_revisions"
        ))
        .unwrap();
    let (message, _) = refused(known);
    assert!(
        message.starts_with("the database is newer than this build: `bbbb`"),
        "{message}"
    );
    connection
        .execute_batch("DROP TABLE migrate_revisions")
        .unwrap();
    let (message, help) = refused(known);
    assert!(
        message.starts_with("revision `aaaa` failed to upgrade: "),
        "{message}"
    );
    assert!(
        help.contains("the database has tables but no history"),
        "{help}"
    );
}

#[test]
fn synthetic_rows_satisfy_a_key_that_names_no_column() {
    let migrations = migrations_of([
        revision(
            "aaaa",
            &[],
            |op| {
                op.execute(
                    "CREATE TABLE users (id INTEGER PRIMARY KEY);
                     CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users)",
                )
            },
            |op| op.execute("DROP TABLE posts; DROP TABLE users"),
        ),
        revision(
            "bbbb",
            &["aaaa"],
            |op| op.execute("DELETE FROM posts"),
            nothing,
        ),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all[1].notes, [] as [&str; 0]);
    let findings = failed(&all[1]);
    assert_eq!(
        findings,
        [
            "`down` does not restore the rows of table `posts`: 3 became 0: gone where id = 1001; gone where id = 1002; \
          gone where id = 1003"
        ]
    );
}

#[test]
fn synthetic_rows_that_need_each_other_are_inserted_together() {
    let migrations = migrations_of([
        revision(
            "aaaa",
            &[],
            |op| {
                op.execute(
                    "CREATE TABLE firm (id INTEGER PRIMARY KEY AUTOINCREMENT,
                                        boss INTEGER NOT NULL REFERENCES worker DEFERRABLE INITIALLY DEFERRED);
                     CREATE TABLE worker (id INTEGER PRIMARY KEY AUTOINCREMENT,
                                          firm INTEGER NOT NULL REFERENCES Firm DEFERRABLE INITIALLY DEFERRED);
                     CREATE TABLE task (id INTEGER PRIMARY KEY, worker INTEGER NOT NULL REFERENCES worker);
                     CREATE TABLE empty (id INTEGER PRIMARY KEY CHECK (id < 0));
                     CREATE TABLE lost (id INTEGER PRIMARY KEY,
                                        it INTEGER NOT NULL REFERENCES empty DEFERRABLE INITIALLY DEFERRED);",
                )
            },
            |op| {
                op.execute("DROP TABLE task; DROP TABLE lost; DROP TABLE firm; DROP TABLE worker; DROP TABLE empty")
            },
        ),
        revision(
            "bbbb",
            &["aaaa"],
            |op| op.execute("DELETE FROM task"),
            nothing,
        ),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    let filled = all[1].empty_tables.iter();
    let filled = filled.filter(|table| ["firm", "worker", "task"].contains(&table.as_str()));
    assert_eq!(filled.count(), 0, "{:?}", all[1].empty_tables);
    assert!(failed(&all[1])[0].contains("table `task`: 3 became 0"));
}

/// `bbbb` and `cccc` with the revision that replaces them, and what follows.
fn squashed() -> &'static migrate_engine::migrations::Migrations<Sqlite> {
    let add: Code = |op| op.add_column("users", Column::new("email", Text));
    let remove: Code = |op| op.drop_column("users", "email");
    let mut squash = revision("ssss", &["aaaa"], add, remove);
    squash.header.replaces = &["bbbb", "cccc"];
    migrations_of([
        revision("aaaa", &[], create, drop),
        revision("bbbb", &["aaaa"], add, remove),
        revision("cccc", &["bbbb"], nothing, nothing),
        revision("dddd", &["cccc"], nothing, nothing),
        squash,
    ])
}

#[test]
fn the_revisions_of_a_range_are_verified_if_one_of_them_is_named() {
    let ids = |verify_options: VerifyOptions| -> std::result::Result<Vec<String>, String> {
        let all = verify(squashed(), &verify_options).map_err(|error| error.to_string())?;
        assert!(
            all.iter().all(|one| one.round_trip == RoundTrip::Passed),
            "{all:?}"
        );
        Ok(all.into_iter().map(|one| one.revision).collect())
    };
    let id = |text: &str| Some(migrate_graph::RevisionId::new(text).unwrap());
    assert_eq!(ids(VerifyOptions::new()).unwrap(), ["aaaa", "ssss", "dddd"]);
    let inside = || VerifyOptions::new().from(id("bbbb"));
    assert_eq!(ids(inside()).unwrap(), ["bbbb", "cccc", "dddd"]);
    assert_eq!(
        ids(VerifyOptions::new().to(id("bbbb"))).unwrap(),
        ["aaaa", "bbbb"]
    );

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("real.db");
    real(squashed(), &file);
    let mut connection = rusqlite::Connection::open(&file).unwrap();
    squashed().upgrade_to(&mut connection, "bbbb").unwrap();
    let on_a_copy = |verify_options: VerifyOptions| ids(verify_options.copy_of(&file));
    assert_eq!(on_a_copy(VerifyOptions::new()).unwrap(), ["cccc", "dddd"]);
    assert_eq!(on_a_copy(inside()).unwrap(), ["bbbb", "cccc", "dddd"]);
    squashed().downgrade(&mut connection, "aaaa").unwrap();
    squashed().upgrade_to(&mut connection, "ssss").unwrap();
    assert_eq!(on_a_copy(VerifyOptions::new()).unwrap(), ["dddd"]);
    let message = on_a_copy(inside()).unwrap_err();
    assert!(
        message.ends_with("revision `bbbb` is replaced by `ssss`"),
        "{message}"
    );
}

#[test]
fn an_interrupted_verification_starts_over_the_next_time() {
    let raised = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let options = migrate_engine::executor::RunOptions::default().stop_when(raised);
    let migrations = migrations_of([revision("aaaa", &[], create, drop)]);
    let error = verify_with(migrations, &VerifyOptions::new(), &options, &mut |one| {
        panic!("{one:?}")
    })
    .unwrap_err();
    assert_eq!(error.code(), "interrupted");
    assert_eq!(error.help().as_deref(), Some("run the command again"));
}

#[test]
fn a_key_that_references_a_missing_table_stops_nothing() {
    let migrations = migrations_of([
        revision(
            "aaaa",
            &[],
            |op| {
                op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, p INT REFERENCES nosuch(id), q INT REFERENCES GUEST)")?;
                op.execute("CREATE TABLE guest (id INTEGER PRIMARY KEY)")?;
                op.execute("CREATE TABLE stay (id INTEGER PRIMARY KEY, g INTEGER NOT NULL REFERENCES GUEST(ID))")
            },
            |op| op.execute("DROP TABLE stay; DROP TABLE t; DROP TABLE guest"),
        ),
        revision("bbbb", &["aaaa"], nothing, nothing),
        revision(
            "cccc",
            &["bbbb"],
            |op| op.execute("DELETE FROM stay"),
            nothing,
        ),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all[1].round_trip, RoundTrip::Passed);
    assert!(
        all[1].empty_tables.is_empty() || all[1].empty_tables == ["t"],
        "{:?}",
        all[1].notes
    );
    let findings = failed(&all[2]);
    assert!(findings[0].contains("`stay`: 3 became 0"), "{findings:?}");
}

/// The internal storage of a virtual table: nothing is written to it, and nothing of it is compared.
#[test]
fn virtual_tables_are_not_filled_and_their_storage_is_not_read() {
    let migrations = migrations_of([
        revision(
            "aaaa",
            &[],
            |op| {
                op.execute(
                    "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
                     CREATE VIRTUAL TABLE note_find USING fts5(body, content='note', content_rowid='id');
                     CREATE VIRTUAL TABLE own USING fts5(a, b); CREATE VIRTUAL TABLE older USING fts4(a);
                     CREATE VIRTUAL TABLE place USING rtree(id, x0, x1);
                     CREATE TRIGGER note_in AFTER INSERT ON note BEGIN
                         INSERT INTO note_find(rowid, body) VALUES (new.id, new.body);
                         INSERT INTO own VALUES (new.body, new.id);
                         INSERT INTO place VALUES (new.id, 1, 2);
                     END",
                )
            },
            |op| {
                op.execute("DROP TABLE note_find; DROP TABLE own; DROP TABLE older; DROP TABLE place; DROP TABLE note")
            },
        ),
        // The index is rebuilt, and the results of queries are the same.
        revision(
            "bbbb",
            &["aaaa"],
            |op| {
                op.execute("INSERT INTO note_find(note_find) VALUES('rebuild'); INSERT INTO own(own) VALUES('optimize')")
            },
            nothing,
        ),
        revision(
            "cccc",
            &["bbbb"],
            |op| op.execute("DELETE FROM own WHERE CAST(b AS INTEGER) = 1002"),
            nothing,
        ),
    ]);
    let all = verify(migrations, &VerifyOptions::new()).unwrap();
    assert_eq!(all[0].round_trip, RoundTrip::Passed);
    assert_eq!(all[1].round_trip, RoundTrip::Passed);
    assert_eq!(all[1].empty_tables, [] as [&str; 0]);
    let findings = failed(&all[2]);
    assert_eq!(
        findings,
        ["`down` does not restore the rows of table `own`: 3 became 2"]
    );
}

#[test]
fn an_allowed_loss_is_reported_and_is_not_a_failure() {
    let migrations = migrations_of([
        revision("aaaa", &[], create, drop),
        revision(
            "bbbb",
            &["aaaa"],
            |op| op.execute("UPDATE users SET name = 'x' WHERE id = 1001"),
            nothing,
        ),
    ]);
    let verify_options = VerifyOptions::new()
        .allow("bbbb", "values", "names are not kept")
        .allow("aaaa", "values", "nothing is");
    let all = verify(migrations, &verify_options).unwrap();
    assert!(all[0].warnings[0].contains("is not needed"), "{all:?}");
    let losses = vec![
        "values of column `users.name` differ after `up` and `down`: 'text 1001' became 'x' where id = 1001".to_owned(),
    ];
    let reason = "names are not kept".to_owned();
    assert_eq!(all[1].round_trip, RoundTrip::KnownLoss { reason, losses });
    assert_eq!(all[1].warnings, [] as [&str; 0]);
}
