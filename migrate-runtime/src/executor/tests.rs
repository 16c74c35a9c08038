//! What the executor promises, on SQLite.

#![cfg(feature = "sqlite")]

use std::time::Duration;

use rusqlite::Connection;

use crate::chain::{Code, chain, revision};
use crate::error::{Error as RunError, Failure, Outcome};
use crate::executor::{CutShort, Settings, Transaction, Warning};
use crate::migrations::Migrations;
use crate::migrations::Rows;
use crate::private::Revision;
use crate::v1::*;

fn outside(mut revision: Revision<Sqlite>) -> Revision<Sqlite> {
    revision.header.transaction = false;
    revision
}

fn memory() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn create_a(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("a", |t| {
        t.column(Column::new("id", Integer).primary_key());
        t.column(Column::new("name", Text));
    })
}

fn drop_a(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("a")
}

fn create_b(op: &mut Op<Sqlite>) -> Result<()> {
    op.create_table("b", |t| t.column(Column::new("id", Integer).primary_key()))
}

fn drop_b(op: &mut Op<Sqlite>) -> Result<()> {
    op.drop_table("b")
}

fn nothing(_: &mut Op<Sqlite>) -> Result<()> {
    Ok(())
}

/// Does something that must not stay, then fails as it is told.
fn spoil_then(op: &mut Op<Sqlite>, fail: Code) -> Result<()> {
    op.execute("CREATE TABLE spoiled (x); INSERT INTO spoiled VALUES (1)")?;
    fail(op)
}

fn two_with(up: Code) -> &'static Migrations<Sqlite> {
    chain([
        revision("r1", &[], create_a, drop_a),
        revision("r2", &["r1"], up, nothing),
    ])
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrate_revisions' ORDER BY name")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn recorded(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT revision FROM migrate_revisions ORDER BY position")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn failure(error: RunError) -> Failure {
    match error {
        RunError::MigrationFailed(failure) => *failure,
        other => panic!("another error: {other:?}"),
    }
}

/// Runs the second revision of a chain whose first one is sound, and checks that only the first stays.
fn fails_alone(up: Code) -> Failure {
    let mut connection = memory();
    let failure = failure(two_with(up).upgrade(&mut connection).unwrap_err());
    assert_eq!(names(&connection), ["a"]);
    assert_eq!(recorded(&connection), ["r1"]);
    assert_eq!(failure.done, ["r1"]);
    assert_eq!(failure.outcome, Outcome::RolledBack);
    assert!(connection.is_autocommit());
    // The connection is as it was, and the next run goes on where this one stopped.
    connection.execute_batch("BEGIN; ROLLBACK").unwrap();
    two_with(create_b).upgrade(&mut connection).unwrap();
    assert_eq!(names(&connection), ["a", "b"]);
    failure
}

#[test]
fn an_upgrade_runs_each_revision_once_and_a_second_one_nothing() {
    let migrations = chain([
        revision("r1", &[], create_a, drop_a),
        revision("r2", &["r1"], create_b, drop_b),
    ]);
    let mut connection = memory();
    assert!(!migrations.is_current(&connection).unwrap());
    let report = migrations.upgrade(&mut connection).unwrap();
    assert_eq!(report.steps.len(), 2);
    assert_eq!(report.heads, ["r2"]);
    assert!(migrations.is_current(&connection).unwrap());
    let again = migrations.upgrade(&mut connection).unwrap();
    assert!(again.steps.is_empty());
    assert_eq!(again.heads, ["r2"]);
    assert_eq!(recorded(&connection), ["r1", "r2"]);
}

#[test]
fn what_a_revision_finds_done_already_is_reported_with_it() {
    fn drifts(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.create_table_if_missing("a", |t| t.column(Column::new("id", Integer)))?;
        op.drop_table_if_exists("b")
    }
    let lines = ["table `a` is there already", "table `b` is not there"];
    let chains = [
        chain([revision("r1", &[], drifts, nothing)]),
        chain([outside(revision("r1", &[], drifts, nothing))]),
    ];
    for migrations in chains {
        let mut connection = memory();
        connection.execute_batch("CREATE TABLE a (id)").unwrap();
        let report = migrations.upgrade(&mut connection).unwrap();
        assert_eq!(report.steps[0].drift, lines);
    }
    let report = two_with(nothing).upgrade(&mut memory()).unwrap();
    assert!(report.steps.iter().all(|step| step.drift.is_empty()));
}

#[test]
fn a_downgrade_takes_the_last_revision_back() {
    let migrations = chain([
        revision("r1", &[], create_a, drop_a),
        revision("r2", &["r1"], create_b, drop_b),
    ]);
    let mut connection = memory();
    migrations.upgrade(&mut connection).unwrap();
    assert_eq!(
        migrations.downgrade(&mut connection, "-1").unwrap().heads,
        ["r1"]
    );
    assert_eq!(names(&connection), ["a"]);
    assert!(
        migrations
            .downgrade(&mut connection, "base")
            .unwrap()
            .heads
            .is_empty()
    );
    assert!(names(&connection).is_empty());
}

#[test]
fn a_revision_that_fails_leaves_nothing_and_those_before_it_stay() {
    let failure =
        fails_alone(|op| spoil_then(op, |op| op.execute("INSERT INTO missing VALUES (1)")));
    assert_eq!(failure.revision, "r2");
    assert_eq!(
        failure.statement,
        Some((3, "INSERT INTO missing VALUES (1)".to_owned()))
    );
    assert!(
        failure.cause.contains("no such table: missing"),
        "{}",
        failure.cause
    );
}

#[test]
fn a_revision_that_panics_leaves_nothing() {
    let failure = fails_alone(|op| spoil_then(op, |_| panic!("the bank is {}", "closed")));
    assert_eq!(failure.cause, "it panicked: the bank is closed");
}

#[test]
fn a_revision_can_not_end_its_transaction() {
    fn noticing(op: &mut Op<'_, Sqlite>, sql: &str) -> Result<()> {
        op.execute("CREATE TABLE spoiled (x)")?;
        op.execute(sql)
    }
    let failures = [
        fails_alone(|op| noticing(op, "COMMIT")),
        fails_alone(|op| noticing(op, "ROLLBACK")),
        fails_alone(|op| noticing(op, "BEGIN")),
        fails_alone(|op| noticing(op, "END")),
        fails_alone(|op| noticing(op, "RELEASE cargo_migrate_revision")),
        fails_alone(|op| noticing(op, "ATTACH ':memory:' AS other")),
        fails_alone(|op| noticing(op, "PRAGMA foreign_keys = OFF")),
        fails_alone(|op| noticing(op, "INSERT INTO spoiled VALUES (1); COMMIT; BEGIN")),
    ];
    for failure in failures {
        assert!(
            failure.cause.contains("which would leave the transaction"),
            "{}",
            failure.cause
        );
        assert!(failure.help.unwrap().contains("transaction: false"));
    }
}

#[test]
fn a_revision_that_hides_its_commit_fails_all_the_same() {
    fails_alone(|op| {
        op.execute("CREATE TABLE spoiled (x)")?;
        let _ = op.connection().execute_batch("COMMIT");
        Ok(())
    });
}

#[test]
fn a_statement_kept_prepared_from_before_can_not_end_the_transaction_either() {
    let migrations = two_with(|op| {
        op.execute("CREATE TABLE spoiled (x)")?;
        Ok(op
            .connection()
            .prepare_cached("COMMIT")?
            .execute([])
            .map(|_| ())?)
    });
    let mut connection = memory();
    connection.execute_batch("BEGIN").unwrap();
    connection
        .prepare_cached("COMMIT")
        .unwrap()
        .execute([])
        .unwrap();
    failure(migrations.upgrade(&mut connection).unwrap_err());
    assert_eq!(names(&connection), ["a"]);
}

#[test]
fn savepoints_of_its_own_are_a_revisions_right() {
    let migrations = two_with(|op| {
        op.execute("SAVEPOINT mine; CREATE TABLE gone (x); ROLLBACK TO mine; RELEASE mine")?;
        op.execute("SAVEPOINT left_open; CREATE TABLE b (x)")
    });
    let mut connection = memory();
    migrations.upgrade(&mut connection).unwrap();
    assert_eq!(names(&connection), ["a", "b"]);
}

#[test]
fn a_single_transaction_is_all_or_nothing() {
    let migrations = two_with(|op| spoil_then(op, |_| Err(Error::msg("no"))));
    let mut connection = memory();
    let settings = Settings::new().transaction(Transaction::Single);
    let error = migrations
        .upgrade_with(&mut connection, "head", &settings, &mut ())
        .unwrap_err();
    assert!(failure(error).done.is_empty());
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn each_commits_revision_by_revision() {
    let migrations = two_with(|op| {
        // The first revision is committed already: nothing of it is open in this transaction's journal.
        spoil_then(op, |_| Err(Error::msg("no")))
    });
    let mut connection = memory();
    let settings = Settings::new().transaction(Transaction::Each);
    let error = migrations
        .upgrade_with(&mut connection, "head", &settings, &mut ())
        .unwrap_err();
    assert_eq!(failure(error).done, ["r1"]);
    assert_eq!(recorded(&connection), ["r1"]);
    assert_eq!(names(&connection), ["a"]);
}

#[test]
fn a_revision_outside_a_transaction_commits_what_came_before_it() {
    let migrations = chain([
        revision("r1", &[], create_a, drop_a),
        outside(revision("r2", &["r1"], |op| op.execute("VACUUM"), nothing)),
        revision("r3", &["r2"], create_b, drop_b),
    ]);
    let mut connection = memory();
    assert_eq!(migrations.upgrade(&mut connection).unwrap().heads, ["r3"]);
    assert_eq!(recorded(&connection), ["r1", "r2", "r3"]);
    let settings = Settings::new().allow_data_loss();
    migrations
        .downgrade_with(&mut connection, "base", &settings, &mut ())
        .unwrap();
    assert!(names(&connection).is_empty() && recorded(&connection).is_empty());
    let settings = Settings::new().transaction(Transaction::Single);
    let error = migrations
        .upgrade_with(&mut connection, "head", &settings, &mut ())
        .unwrap_err();
    assert!(matches!(error, RunError::CannotBeSingle { revision } if revision == "r2"));
}

#[test]
fn a_revision_that_fails_outside_a_transaction_says_that_its_work_stays() {
    let migrations = chain([outside(revision(
        "r1",
        &[],
        |op| spoil_then(op, |_| Err(Error::msg("no"))),
        nothing,
    ))]);
    let mut connection = memory();
    let failure = failure(migrations.upgrade(&mut connection).unwrap_err());
    assert_eq!(failure.outcome, Outcome::Noted(2));
    assert_eq!(names(&connection), ["spoiled"]);
    assert_eq!(migrations.status(&connection).unwrap().pending.len(), 1);
}

/// Two versions of one revision outside a transaction: one that fails after some steps, and its correction.
fn half(correction: Code) -> (&'static Migrations<Sqlite>, &'static Migrations<Sqlite>) {
    let wrong: Code = |op| {
        create_a(op)?;
        for name in ["x", "y"] {
            op.execute_with("INSERT INTO a (name) VALUES (?1)", &params![name])?;
        }
        op.once("count", |op| {
            Ok(op
                .connection()
                .execute_batch("INSERT INTO a (name) VALUES ('once')")?)
        })?;
        op.execute("INSERT INTO missing VALUES (1)")
    };
    let of = |up| chain([outside(revision("r1", &[], up, drop_a))]);
    (of(wrong), of(correction))
}

#[test]
fn a_corrected_revision_goes_on_after_the_steps_that_are_done() {
    let (wrong, right) = half(|op| {
        create_a(op)?;
        for name in ["x", "y"] {
            op.execute_with("INSERT INTO a (name) VALUES (?1)", &params![name])?;
        }
        op.once("count", |_| panic!("it ran before"))?;
        create_b(op)
    });
    let mut connection = memory();
    let failed = failure(wrong.upgrade(&mut connection).unwrap_err());
    assert_eq!(failed.outcome, Outcome::Noted(4));
    assert!(!wrong.is_current(&connection).unwrap());
    // A second try fails in the same place, and does nothing twice.
    failure(wrong.upgrade(&mut connection).unwrap_err());
    right.upgrade(&mut connection).unwrap();
    assert_eq!(names(&connection), ["a", "b"]);
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM a", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 3);
    assert!(right.is_current(&connection).unwrap());
}

#[test]
fn a_revision_whose_done_steps_are_others_now_is_not_gone_on_with() {
    let (wrong, other) = half(create_b);
    let mut connection = memory();
    wrong.upgrade(&mut connection).unwrap_err();
    let error = other.upgrade(&mut connection).unwrap_err();
    assert_eq!(error.code(), "out_of_sync");
    assert!(
        error.why()[0].contains("now the revision asks for: create table `b`"),
        "{error:?}"
    );
    assert!(
        error.help().unwrap().contains("stamp --unapplied r1"),
        "{error:?}"
    );
    assert_eq!(names(&connection), ["a"]);
    let error = wrong.downgrade(&mut connection, "base").unwrap_err();
    assert!(matches!(error, RunError::Unfinished { .. }), "{error:?}");
}

#[test]
fn code_that_had_the_connection_outside_a_transaction_is_not_run_again() {
    let migrations = chain([outside(revision(
        "r1",
        &[],
        |op| {
            create_a(op)?;
            op.connection()
                .execute_batch("INSERT INTO a (name) VALUES ('x')")?;
            Err(Error::msg("no"))
        },
        nothing,
    ))]);
    let mut connection = memory();
    assert_eq!(
        failure(migrations.upgrade(&mut connection).unwrap_err()).outcome,
        Outcome::Kept
    );
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(matches!(error, RunError::Unfinished { .. }), "{error:?}");
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM a", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_revision_outside_a_transaction_of_which_nothing_is_done_asks_nobody() {
    let of = |up, down| chain([outside(revision("r1", &[], up, down))]);
    let mut connection = memory();
    of(|_| Err(Error::msg("no")), nothing)
        .upgrade(&mut connection)
        .unwrap_err();
    assert!(recorded(&connection).is_empty());
    let sound = of(create_a, |_| Err(Error::msg("no")));
    sound.upgrade(&mut connection).unwrap();
    sound.downgrade(&mut connection, "base").unwrap_err();
    assert!(sound.is_current(&connection).unwrap());
}

#[test]
fn a_revision_begun_outside_a_transaction_by_a_killed_process_stops_the_next_until_it_is_stamped() {
    let migrations = chain([outside(revision("r1", &[], create_a, drop_a))]);
    let mut connection = memory();
    migrations.upgrade(&mut connection).unwrap();
    connection
        .execute("UPDATE migrate_revisions SET status = 'upgrading'", [])
        .unwrap();
    let settings = Settings::new().wait(Duration::from_millis(80));
    let error = migrations
        .upgrade_with(&mut connection, "head", &settings, &mut ())
        .unwrap_err();
    assert!(
        matches!(&error, RunError::Unfinished { revision, .. } if revision == "r1"),
        "{error:?}"
    );
    assert!(!migrations.is_current(&connection).unwrap());
    let error = migrations.settle(&mut connection, "r2", CutShort::Applied);
    assert!(matches!(
        error,
        Err(RunError::NotBegun { applied: false, .. })
    ));
    let settled = migrations
        .settle(&mut connection, "r1", CutShort::Applied)
        .unwrap();
    assert_eq!(
        (settled.inserted, settled.heads),
        (vec!["r1".to_owned()], vec!["r1".to_owned()])
    );
    assert!(migrations.is_current(&connection).unwrap());
    let error = migrations.settle(&mut connection, "r1", CutShort::Unapplied);
    assert!(matches!(
        error,
        Err(RunError::NotBegun { applied: true, .. })
    ));
    connection
        .execute("UPDATE migrate_revisions SET status = 'half_down'", [])
        .unwrap();
    migrations
        .settle(&mut connection, "r1", CutShort::Unapplied)
        .unwrap();
    assert!(recorded(&connection).is_empty());
}

#[test]
fn an_irreversible_revision_refuses_before_anything_is_taken_back() {
    let migrations = chain([
        revision("r1", &[], create_a, |op| {
            op.irreversible("the names were hashed")
        }),
        revision("r2", &["r1"], create_b, drop_b),
    ]);
    for transaction in [Transaction::Shared, Transaction::Single, Transaction::Each] {
        let mut connection = memory();
        migrations.upgrade(&mut connection).unwrap();
        let settings = Settings::new().transaction(transaction);
        let error = migrations
            .downgrade_with(&mut connection, "base", &settings, &mut ())
            .unwrap_err();
        assert!(error.help().unwrap().contains("backup"));
        assert!(
            matches!(&error, RunError::Irreversible { revision, done, .. } if revision == "r1" && done.is_empty()),
            "{error:?}"
        );
        assert_eq!(names(&connection), ["a", "b"]);
        assert_eq!(recorded(&connection), ["r1", "r2"]);
    }
}

#[test]
fn values_are_lost_only_where_that_is_allowed() {
    let migrations = chain([
        revision("r1", &[], create_a, drop_a),
        revision(
            "r2",
            &["r1"],
            |op| op.add_column("a", Column::new("b", Text)),
            |op| op.drop_column("a", "b"),
        ),
    ]);
    for transaction in [Transaction::Shared, Transaction::Each] {
        let mut connection = memory();
        migrations.upgrade(&mut connection).unwrap();
        connection
            .execute_batch("INSERT INTO a (b) VALUES ('x'), ('y'), (NULL)")
            .unwrap();
        let settings = Settings::new().transaction(transaction);
        let error = migrations
            .downgrade_with(&mut connection, "base", &settings, &mut ())
            .unwrap_err();
        let text = "the downgrade would drop `a.b` with values in 2 rows, `a` with 3 rows";
        assert_eq!(error.to_string(), text);
        assert_eq!(recorded(&connection), ["r1", "r2"]);
        migrations
            .downgrade_with(
                &mut connection,
                "base",
                &settings.allow_data_loss(),
                &mut (),
            )
            .unwrap();
        assert!(names(&connection).is_empty());
    }
}

#[test]
fn an_empty_column_goes_without_a_question() {
    let migrations = chain([
        revision("r1", &[], create_a, drop_a),
        revision(
            "r2",
            &["r1"],
            |op| op.add_column("a", Column::new("b", Text)),
            |op| op.drop_column("a", "b"),
        ),
    ]);
    let mut connection = memory();
    migrations.upgrade(&mut connection).unwrap();
    connection
        .execute_batch("INSERT INTO a (name) VALUES ('x')")
        .unwrap();
    assert_eq!(
        migrations.downgrade(&mut connection, "-1").unwrap().heads,
        ["r1"]
    );
}

#[test]
fn unknown_revisions_are_named_and_nothing_is_written() {
    let mut connection = memory();
    two_with(create_b).upgrade(&mut connection).unwrap();
    connection
        .execute(
            "UPDATE migrate_revisions SET revision = 'zz\u{1b}[31m' WHERE revision = 'r2'",
            [],
        )
        .unwrap();
    let error = two_with(create_b).upgrade(&mut connection).unwrap_err();
    assert!(
        matches!(&error, RunError::UnknownRevisions { .. }),
        "{error:?}"
    );
    assert_eq!((error.code(), error.exit().code()), ("out_of_sync", 1));
    assert!(error.to_string().contains("`zz\u{fffd}[31m`"), "{error}");
    two_with(create_b)
        .stamp_with(&mut connection, &["head"], &Settings::new(), Rows::Purge)
        .unwrap();
    assert_eq!(recorded(&connection), ["r1", "r2"]);
}

#[test]
fn an_older_program_goes_on_beside_what_only_adds_and_refuses_beside_what_breaks() {
    let older = chain([revision("r1", &[], create_a, drop_a)]);
    let mut connection = memory();
    two_with(create_b).upgrade(&mut connection).unwrap();
    let report = older.upgrade(&mut connection).unwrap();
    assert_eq!(
        report.warnings,
        [Warning::Ahead {
            revisions: vec!["r2".into()]
        }]
    );
    assert!(older.is_current(&connection).unwrap());
    assert!(matches!(
        older.downgrade(&mut connection, "base"),
        Err(RunError::UnknownRevisions { .. })
    ));

    let mut connection = memory();
    two_with(|op| op.rename_column("a", "name", "title"))
        .upgrade(&mut connection)
        .unwrap();
    let error = older.upgrade(&mut connection).unwrap_err();
    assert!(
        matches!(&error, RunError::Newer { revisions } if revisions == &["r2"]),
        "{error:?}"
    );
    assert_eq!(error.exit().code(), 4);
    assert!(!older.is_current(&connection).unwrap());
}

#[test]
fn a_declared_effect_goes_before_what_was_seen() {
    let effect = |up: Code| -> String {
        let mut connection = memory();
        two_with(up).upgrade(&mut connection).unwrap();
        let sql = "SELECT effect FROM migrate_revisions WHERE revision = 'r2'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(effect(create_b), "additive");
    assert_eq!(effect(|op| op.execute("CREATE TABLE b (x)")), "breaking");
    let declared: Code = |op| {
        op.declare_effect(Effect::Additive);
        op.execute("CREATE TABLE b (x)")
    };
    assert_eq!(effect(declared), "additive");
}

#[test]
fn an_edited_revision_is_a_warning() {
    let mut connection = memory();
    two_with(create_b).upgrade(&mut connection).unwrap();
    connection
        .execute(
            "UPDATE migrate_revisions SET checksum = 'v1:ff' WHERE revision = 'r1'",
            [],
        )
        .unwrap();
    connection
        .execute(
            "UPDATE migrate_revisions SET checksum = 'v0:ff' WHERE revision = 'r2'",
            [],
        )
        .unwrap();
    let report = two_with(create_b).upgrade(&mut connection).unwrap();
    let [warning] = &report.warnings[..] else {
        panic!("{:?}", report.warnings)
    };
    assert_eq!(warning.code(), "checksum_mismatch");
    assert!(warning.to_string().contains("`r1`"));
}

#[test]
fn a_lost_history_takes_nothing_and_leaves_nothing() {
    let mut connection = memory();
    // The first revision makes nothing that stands in the second's way: it must not stay alone.
    let migrations = chain([
        revision(
            "r1",
            &[],
            |op| op.execute("CREATE TABLE IF NOT EXISTS seen (x); INSERT INTO seen VALUES (1)"),
            nothing,
        ),
        revision("r2", &["r1"], create_b, drop_b),
    ]);
    migrations.upgrade(&mut connection).unwrap();
    connection
        .execute_batch("DELETE FROM migrate_revisions")
        .unwrap();
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(error.help().unwrap().contains("no history"), "{error:?}");
    let failure = failure(error);
    assert_eq!(
        (failure.revision.as_str(), failure.kind),
        ("r2", Some(crate::error::Trouble::Exists))
    );
    assert!(failure.done.is_empty(), "{failure:?}");
    assert!(recorded(&connection).is_empty());
    let seen: i64 = connection
        .query_row("SELECT count(*) FROM seen", [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, 1, "the first one's work was rolled back too");
}

#[test]
fn an_existing_table_that_a_recorded_database_has_is_no_lost_history() {
    let mut connection = memory();
    chain([revision("r1", &[], create_a, drop_a)])
        .upgrade(&mut connection)
        .unwrap();
    connection.execute_batch("CREATE TABLE b (x)").unwrap();
    let error = two_with(create_b).upgrade(&mut connection).unwrap_err();
    assert!(
        !error.help().unwrap_or_default().contains("no history"),
        "{error:?}"
    );
    assert_eq!(recorded(&connection), ["r1"]);
}

#[test]
fn rows_that_no_run_writes_decide_nothing() {
    for edit in [
        "status = 'aplied'",
        "status = ''",
        "revision = ''",
        "position = 9223372036854775807",
    ] {
        let mut connection = memory();
        let migrations = two_with(create_b);
        migrations.upgrade(&mut connection).unwrap();
        connection
            .execute_batch(&format!(
                "UPDATE migrate_revisions SET {edit} WHERE revision = 'r2'"
            ))
            .unwrap();
        let row = |result: std::result::Result<(), RunError>| {
            let error = result.unwrap_err();
            assert!(
                matches!(&error, RunError::VersionRow { .. }),
                "{edit}: {error:?}"
            );
        };
        // Where all is applied, the order of it decides nothing.
        if !edit.starts_with("position") {
            row(migrations.upgrade(&mut connection).map(|_| ()));
        }
        row(migrations.downgrade(&mut connection, "base").map(|_| ()));
        row(migrations.stamp(&mut connection, &["r1"]).map(|_| ()));
        row(migrations.status(&connection).map(|_| ()));
        row(migrations.is_current(&connection).map(|_| ()));
        assert_eq!(names(&connection), ["a", "b"], "{edit}");
        assert_eq!(recorded(&connection).len(), 2, "{edit}");
        migrations
            .stamp_with(&mut connection, &["head"], &Settings::new(), Rows::Purge)
            .unwrap();
        assert!(migrations.is_current(&connection).unwrap(), "{edit}");
    }
}

#[test]
fn what_is_not_our_version_table_is_left_alone() {
    for (sql, problem) in [
        (
            "CREATE VIEW migrate_revisions AS SELECT 1 AS revision",
            "it is a view",
        ),
        (
            "CREATE TABLE migrate_revisions (version_num TEXT)",
            "no column `revision`",
        ),
        (
            "CREATE TABLE migrate_revisions (revision, down_revision, depends_on, message, checksum, status, effect, \
             position, applied_at, duration_ms, tool_version, journal)",
            "primary key",
        ),
    ] {
        let mut connection = memory();
        connection.execute_batch(sql).unwrap();
        let error = two_with(create_b).upgrade(&mut connection).unwrap_err();
        assert!(matches!(&error, RunError::VersionTable { .. }), "{error:?}");
        assert!(error.to_string().contains(problem), "{error}");
        assert!(names(&connection).is_empty());
    }
    let mut connection = memory();
    chain([revision("r1", &[], create_a, drop_a)])
        .upgrade(&mut connection)
        .unwrap();
    connection
        .execute_batch(
            "CREATE TRIGGER t AFTER INSERT ON migrate_revisions BEGIN DELETE FROM a; END",
        )
        .unwrap();
    let error = two_with(create_b).upgrade(&mut connection).unwrap_err();
    assert!(error.to_string().contains("trigger `t`"), "{error}");
}

#[test]
fn a_lock_of_another_connection_is_waited_for_and_then_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut connection = Connection::open(&path).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    let settings = Settings::new().wait(Duration::from_millis(100));
    let error = two_with(create_b)
        .upgrade_with(&mut connection, "head", &settings, &mut ())
        .unwrap_err();
    assert!(matches!(error, RunError::Locked { .. }), "{error:?}");
    assert_eq!((error.code(), error.exit().code()), ("locked", 5));
    let waiter = std::thread::spawn(move || {
        two_with(create_b)
            .upgrade(&mut connection)
            .map(|report| report.heads)
    });
    std::thread::sleep(Duration::from_millis(50));
    holder.execute_batch("COMMIT").unwrap();
    assert_eq!(waiter.join().unwrap().unwrap(), ["r2"]);
}

#[test]
fn the_applications_own_transaction_is_refused() {
    let mut connection = memory();
    connection.execute_batch("BEGIN").unwrap();
    assert!(matches!(
        two_with(create_b).upgrade(&mut connection),
        Err(RunError::InTransaction)
    ));
    assert!(!connection.is_autocommit());
}

#[test]
fn settings_of_the_connection_are_given_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = Connection::open(directory.path().join("app.db")).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")
        .unwrap();
    let migrations = chain([outside(revision(
        "r1",
        &[],
        |op| op.execute("PRAGMA foreign_keys = ON"),
        nothing,
    ))]);
    migrations.upgrade(&mut connection).unwrap();
    let pragma = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(
        (pragma("PRAGMA foreign_keys"), pragma("PRAGMA synchronous")),
        (0, 0)
    );
}

#[test]
fn the_status_tells_what_is_applied_and_what_is_pending() {
    let migrations = two_with(create_b);
    let mut connection = memory();
    migrations.upgrade_to(&mut connection, "r1").unwrap();
    let status = migrations.status(&connection).unwrap();
    assert_eq!(status.applied[0].revision, "r1");
    assert!(status.applied[0].applied_at.ends_with('Z'));
    assert_eq!(status.pending[0].revision, "r2");
    assert_eq!(
        (status.current, status.heads),
        (vec!["r1".to_owned()], vec!["r2".to_owned()])
    );
}

#[test]
fn reading_makes_no_version_table() {
    let connection = memory();
    let migrations = two_with(create_b);
    migrations.status(&connection).unwrap();
    migrations.is_current(&connection).unwrap();
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn a_stamp_records_without_running() {
    let migrations = two_with(create_b);
    let mut connection = memory();
    let stamped = migrations.stamp(&mut connection, &["head"]).unwrap();
    assert_eq!(stamped.inserted, ["r1", "r2"]);
    assert!(names(&connection).is_empty());
    let stamped = migrations.stamp(&mut connection, &["r1"]).unwrap();
    assert_eq!(
        (stamped.deleted, stamped.heads),
        (vec!["r2".to_owned()], vec!["r1".to_owned()])
    );
    assert!(migrations.stamp(&mut connection, &["nope"]).is_err());
}

#[test]
fn revisions_that_restore_their_schema_pass_the_free_test_and_others_do_not() {
    crate::testing::assert_up_down_up(two_with(nothing));
    let forgetful = chain([revision("r1", &[], create_a, nothing)]);
    let result = std::panic::catch_unwind(|| crate::testing::assert_up_down_up(forgetful));
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.contains("revision `r1`") && message.contains("table `a` is new"),
        "{message}"
    );
}

#[test]
fn a_link_that_leads_nowhere_at_the_commit_is_that_of_its_revision() {
    let tables: Code = |op| {
        op.execute(
            "CREATE TABLE p (id INTEGER PRIMARY KEY);
             CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        )
    };
    let migrations = chain([
        revision("r1", &[], tables, nothing),
        revision("r2", &["r1"], create_a, drop_a),
        revision(
            "r3",
            &["r2"],
            |op| op.execute("INSERT INTO c VALUES (7)"),
            nothing,
        ),
        revision("r4", &["r3"], create_b, drop_b),
    ]);
    let mut connection = memory();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    let failure = failure(migrations.upgrade(&mut connection).unwrap_err());
    assert_eq!(
        (failure.revision.as_str(), failure.outcome),
        ("r3", Outcome::RolledBack)
    );
    assert!(
        failure.cause.contains("FOREIGN KEY constraint failed"),
        "{}",
        failure.cause
    );
    assert_eq!(failure.done, ["r1", "r2"]);
    assert_eq!(recorded(&connection), ["r1", "r2"]);
    assert_eq!(names(&connection), ["a", "c", "p"]);
}

#[test]
fn a_run_that_is_asked_to_stop_ends_between_two_revisions() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Stops(Arc<AtomicBool>);
    impl crate::executor::Reporter for Stops {
        fn ends(&mut self, _: &crate::executor::StepReport) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let migrations = two_with(create_b);
    for (transaction, kept) in [
        (Transaction::Shared, 1),
        (Transaction::Each, 1),
        (Transaction::Single, 0),
    ] {
        let mut connection = memory();
        let flag = Arc::new(AtomicBool::new(false));
        let settings = Settings::new()
            .transaction(transaction)
            .stop_when(Arc::clone(&flag));
        let error = migrations
            .upgrade_with(&mut connection, "head", &settings, &mut Stops(flag))
            .unwrap_err();
        assert_eq!((error.exit().code(), error.code()), (130, "interrupted"));
        assert!(
            matches!(&error, RunError::Interrupted { done } if done.len() == kept),
            "{error:?}"
        );
        assert_eq!(names(&connection).len(), kept);
    }
}

#[test]
fn an_error_is_told_with_the_place_that_met_it() {
    fn parses(_: &mut Op<'_, Sqlite>) -> Result<()> {
        "x".parse::<i64>()?;
        Ok(())
    }
    let error = parses(&mut Op::new(&memory())).unwrap_err();
    assert_eq!(error.place().file(), file!());
    let failing: Code = |op| op.drop_table("missing");
    let connection = memory();
    let mut op = Op::new(&connection);
    failing(&mut op).unwrap_err();
    let place = op.record.place.unwrap();
    assert_eq!((place.file(), place.line()), (file!(), line!() - 5));
}

#[test]
fn a_failure_is_told_with_the_line_that_met_it() {
    let failing: [(Code, u32); 6] = [
        (
            |op| {
                create_a(op)?;
                op.add_column("missing", Column::new("x", Text))
            },
            line!() - 2,
        ),
        (
            |op| {
                create_a(op)?;
                op.alter_table("a", |t| t.rename_column("missing", "x"))
            },
            line!() - 2,
        ),
        (
            |op| {
                create_a(op)?;
                op.execute("SELEKT 1")
            },
            line!() - 2,
        ),
        (
            |op| {
                create_a(op)?;
                op.allow_data_loss("")
            },
            line!() - 2,
        ),
        (
            |op| {
                create_a(op)?;
                Err(Error::msg("the bank is closed"))
            },
            line!() - 2,
        ),
        (
            |op| {
                create_a(op)?;
                op.once("count", |op| op.execute("SELEKT 1"))
            },
            line!() - 2,
        ),
    ];
    for (up, line) in failing {
        for transaction in [true, false] {
            let mut failing = revision("r1", &[], up, drop_a);
            failing.header.file = "src/executor/tests.rs";
            failing.header.transaction = transaction;
            let error = chain([failing]).upgrade(&mut memory()).unwrap_err();
            assert_eq!(error.line(), Some(line), "{transaction}: {error:?}");
        }
    }
}

#[test]
fn a_panic_in_code_that_is_run_once_is_told_as_one() {
    let up: Code = |op| {
        create_a(op)?;
        op.once("count", |_| panic!("a balance of -1"))
    };
    let migrations = chain([outside(revision("r1", &[], up, drop_a))]);
    let error = migrations.upgrade(&mut memory()).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("it panicked: a balance of -1"), "{told}");
}
