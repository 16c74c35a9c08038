//! Successful runs, and their reports.

use super::*;

#[test]
fn an_upgrade_runs_each_revision_once_and_a_second_one_nothing() {
    let migrations = migrations_of([
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
fn an_operation_skipped_by_its_existence_check_is_reported() {
    fn drifts(op: &mut Op<'_, Sqlite>) -> Result<()> {
        op.create_table_if_not_exists("a", |t| t.column(Column::new("id", Integer)))?;
        op.drop_table_if_exists("b")
    }
    let lines = ["table `a` already exists", "table `b` does not exist"];
    let chains = [
        migrations_of([revision("r1", &[], drifts, nothing)]),
        migrations_of([outside(revision("r1", &[], drifts, nothing))]),
    ];
    for migrations in chains {
        let mut connection = memory();
        connection.execute_batch("CREATE TABLE a (id)").unwrap();
        let report = migrations.upgrade(&mut connection).unwrap();
        assert_eq!(report.steps[0].skipped, lines);
    }
    let report = two_with(nothing).upgrade(&mut memory()).unwrap();
    assert!(report.steps.iter().all(|step| step.skipped.is_empty()));
}

#[test]
fn a_downgrade_reverts_the_last_revision() {
    let migrations = migrations_of([
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
fn a_single_transaction_is_all_or_nothing() {
    let migrations = two_with(|op| spoil_then(op, |_| Err(Error::msg("no"))));
    let mut connection = memory();
    let options = RunOptions::new().transaction(TransactionMode::Single);
    let error = migrations
        .upgrade_with(&mut connection, "head", &options, &mut ())
        .unwrap_err();
    assert!(failure(error).done.is_empty());
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn per_revision_mode_commits_each_revision() {
    let migrations = two_with(|op| {
        // The first revision is already committed: none of its steps is in this transaction's journal.
        spoil_then(op, |_| Err(Error::msg("no")))
    });
    let mut connection = memory();
    let options = RunOptions::new().transaction(TransactionMode::PerRevision);
    let error = migrations
        .upgrade_with(&mut connection, "head", &options, &mut ())
        .unwrap_err();
    assert_eq!(failure(error).done, ["r1"]);
    assert_eq!(recorded(&connection), ["r1"]);
    assert_eq!(names(&connection), ["a"]);
}

#[test]
fn an_irreversible_revision_refuses_before_anything_is_downgraded() {
    let migrations = migrations_of([
        revision("r1", &[], create_a, |op| {
            op.irreversible("the names were hashed")
        }),
        revision("r2", &["r1"], create_b, drop_b),
    ]);
    for transaction in [
        TransactionMode::Auto,
        TransactionMode::Single,
        TransactionMode::PerRevision,
    ] {
        let mut connection = memory();
        migrations.upgrade(&mut connection).unwrap();
        let options = RunOptions::new().transaction(transaction);
        let error = migrations
            .downgrade_with(&mut connection, "base", &options, &mut ())
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
fn values_are_lost_only_if_allowed() {
    let migrations = migrations_of([
        revision("r1", &[], create_a, drop_a),
        revision(
            "r2",
            &["r1"],
            |op| op.add_column("a", Column::new("b", Text)),
            |op| op.drop_column("a", "b"),
        ),
    ]);
    for transaction in [TransactionMode::Auto, TransactionMode::PerRevision] {
        let mut connection = memory();
        migrations.upgrade(&mut connection).unwrap();
        connection
            .execute_batch("INSERT INTO a (b) VALUES ('x'), ('y'), (NULL)")
            .unwrap();
        let options = RunOptions::new().transaction(transaction);
        let error = migrations
            .downgrade_with(&mut connection, "base", &options, &mut ())
            .unwrap_err();
        let text = "the downgrade would drop `a.b` with values in 2 rows, `a` with 3 rows";
        assert_eq!(error.to_string(), text);
        assert_eq!(recorded(&connection), ["r1", "r2"]);
        migrations
            .downgrade_with(&mut connection, "base", &options.allow_data_loss(), &mut ())
            .unwrap();
        assert!(names(&connection).is_empty());
    }
}

#[test]
fn an_empty_column_is_dropped_without_confirmation() {
    let migrations = migrations_of([
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
fn settings_of_the_connection_are_restored() {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = Connection::open(directory.path().join("app.db")).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")
        .unwrap();
    let migrations = migrations_of([outside(revision(
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
fn the_status_lists_applied_and_pending_revisions() {
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
fn reading_does_not_create_a_version_table() {
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
    assert_eq!(stamped.added, ["r1", "r2"]);
    assert!(names(&connection).is_empty());
    let stamped = migrations.stamp(&mut connection, &["r1"]).unwrap();
    assert_eq!(
        (stamped.removed, stamped.heads),
        (vec!["r2".to_owned()], vec!["r1".to_owned()])
    );
    assert!(migrations.stamp(&mut connection, &["nope"]).is_err());
}

#[test]
fn a_run_requested_to_stop_ends_between_two_revisions() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Stops(Arc<AtomicBool>);
    impl crate::executor::Observer for Stops {
        fn step_finished(&mut self, _: &crate::executor::StepReport) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let migrations = two_with(create_b);
    for (transaction, expected) in [
        (TransactionMode::Auto, 1),
        (TransactionMode::PerRevision, 1),
        (TransactionMode::Single, 0),
    ] {
        let mut connection = memory();
        let flag = Arc::new(AtomicBool::new(false));
        let options = RunOptions::new()
            .transaction(transaction)
            .stop_when(Arc::clone(&flag));
        let error = migrations
            .upgrade_with(&mut connection, "head", &options, &mut Stops(flag))
            .unwrap_err();
        assert_eq!((error.exit().code(), error.code()), (130, "interrupted"));
        assert!(
            matches!(&error, RunError::Interrupted { done } if done.len() == expected),
            "{error:?}"
        );
        assert_eq!(names(&connection).len(), expected);
    }
}
