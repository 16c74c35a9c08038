//! Failing revisions and runs: what is reported, and what is kept.

use super::*;

#[test]
fn a_failed_revision_is_rolled_back_and_those_before_it_are_kept() {
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
fn a_revision_that_panics_is_rolled_back() {
    let failure = fails_alone(|op| spoil_then(op, |_| panic!("the bank is {}", "closed")));
    assert_eq!(failure.cause, "it panicked: the bank is closed");
}

#[test]
fn a_revision_cannot_end_its_transaction() {
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
        fails_alone(|op| {
            op.execute("CREATE TABLE spoiled (x)")?;
            let pragma = "PRAGMA foreign_keys = OFF";
            Ok(op.connection().execute_batch(pragma)?)
        }),
        fails_alone(|op| noticing(op, "INSERT INTO spoiled VALUES (1); COMMIT; BEGIN")),
    ];
    for failure in failures {
        assert!(
            failure
                .cause
                .contains("which would end the revision's transaction"),
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
fn an_already_prepared_statement_cannot_end_the_transaction() {
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
fn a_revision_may_use_its_own_savepoints() {
    let migrations = two_with(|op| {
        op.execute("SAVEPOINT mine; CREATE TABLE gone (x); ROLLBACK TO mine; RELEASE mine")?;
        op.execute("SAVEPOINT left_open; CREATE TABLE b (x)")
    });
    let mut connection = memory();
    migrations.upgrade(&mut connection).unwrap();
    assert_eq!(names(&connection), ["a", "b"]);
}

#[test]
fn a_lock_of_another_connection_is_waited_for_and_then_reported() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut connection = Connection::open(&path).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    let options = RunOptions::new().wait(Duration::from_millis(100));
    let error = two_with(create_b)
        .upgrade_with(&mut connection, "head", &options, &mut ())
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
fn a_reference_to_a_missing_row_at_commit_is_reported_for_its_revision() {
    let tables: Code = |op| {
        op.execute(
            "CREATE TABLE p (id INTEGER PRIMARY KEY);
             CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        )
    };
    let migrations = migrations_of([
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
        (failure.revision.as_str(), failure.state),
        ("r3", FailureState::RolledBack)
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
fn an_error_is_reported_with_its_location() {
    fn parses(_: &mut Op<'_, Sqlite>) -> Result<()> {
        "x".parse::<i64>()?;
        Ok(())
    }
    let error = parses(&mut Op::new(&memory())).unwrap_err();
    assert_eq!(error.location().file(), file!());
    let failing: Code = |op| op.drop_table("missing");
    let connection = memory();
    let mut op = Op::new(&connection);
    failing(&mut op).unwrap_err();
    let location = op.record.location.unwrap();
    assert_eq!((location.file(), location.line()), (file!(), line!() - 5));
}

#[test]
fn a_failure_is_reported_with_its_line() {
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
            failing.header.file = "src/executor/tests/failures.rs";
            failing.header.transaction = transaction;
            let error = migrations_of([failing]).upgrade(&mut memory()).unwrap_err();
            assert_eq!(error.line(), Some(line), "{transaction}: {error:?}");
        }
    }
}

#[test]
fn a_panic_in_run_once_code_is_reported_as_a_panic() {
    let up: Code = |op| {
        create_a(op)?;
        op.once("count", |_| panic!("a balance of -1"))
    };
    let migrations = migrations_of([outside(revision("r1", &[], up, drop_a))]);
    let error = migrations.upgrade(&mut memory()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("it panicked: a balance of -1"),
        "{message}"
    );
}
