//! Revisions outside a transaction.

use super::*;

#[test]
fn a_non_transactional_revision_commits_the_ones_before_it() {
    let migrations = migrations_of([
        revision("r1", &[], create_a, drop_a),
        outside(revision("r2", &["r1"], |op| op.execute("VACUUM"), nothing)),
        revision("r3", &["r2"], create_b, drop_b),
    ]);
    let mut connection = memory();
    assert_eq!(migrations.upgrade(&mut connection).unwrap().heads, ["r3"]);
    assert_eq!(recorded(&connection), ["r1", "r2", "r3"]);
    let options = RunOptions::new().allow_data_loss();
    migrations
        .downgrade_with(&mut connection, "base", &options, &mut ())
        .unwrap();
    assert!(names(&connection).is_empty() && recorded(&connection).is_empty());
    let options = RunOptions::new().transaction(TransactionMode::Single);
    let error = migrations
        .upgrade_with(&mut connection, "head", &options, &mut ())
        .unwrap_err();
    assert!(matches!(error, RunError::NonTransactionalRevision { revision } if revision == "r2"));
}

#[test]
fn a_failed_non_transactional_revision_reports_that_its_work_is_kept() {
    let migrations = migrations_of([outside(revision(
        "r1",
        &[],
        |op| spoil_then(op, |_| Err(Error::msg("no"))),
        nothing,
    ))]);
    let mut connection = memory();
    let failure = failure(migrations.upgrade(&mut connection).unwrap_err());
    assert_eq!(failure.state, FailureState::Resumable { steps_done: 2 });
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
    let of = |up| migrations_of([outside(revision("r1", &[], up, drop_a))]);
    (of(wrong), of(correction))
}

#[test]
fn a_corrected_revision_resumes_after_the_finished_steps() {
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
    assert_eq!(failed.state, FailureState::Resumable { steps_done: 4 });
    assert!(!wrong.is_current(&connection).unwrap());
    // A second try fails in the same place, and repeats nothing.
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
fn a_revision_with_changed_finished_steps_is_not_resumed() {
    let (wrong, other) = half(create_b);
    let mut connection = memory();
    wrong.upgrade(&mut connection).unwrap_err();
    let error = other.upgrade(&mut connection).unwrap_err();
    assert_eq!(error.code(), "unfinished_revision");
    assert!(
        error.notes()[0].contains("now the revision runs: create table `b`"),
        "{error:?}"
    );
    assert!(
        error.help().unwrap().contains("resolve r1 --rolled-back"),
        "{error:?}"
    );
    assert_eq!(names(&connection), ["a"]);
    let error = wrong.downgrade(&mut connection, "base").unwrap_err();
    assert!(
        matches!(error, RunError::UnfinishedRevision { .. }),
        "{error:?}"
    );
}

#[test]
fn non_transactional_code_with_the_connection_is_not_rerun() {
    let migrations = migrations_of([outside(revision(
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
        failure(migrations.upgrade(&mut connection).unwrap_err()).state,
        FailureState::PartiallyApplied
    );
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(
        matches!(error, RunError::UnfinishedRevision { .. }),
        "{error:?}"
    );
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM a", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_non_transactional_revision_without_finished_steps_needs_no_resolution() {
    let of = |up, down| migrations_of([outside(revision("r1", &[], up, down))]);
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
fn an_unfinished_revision_of_a_killed_process_blocks_the_next_until_it_is_resolved() {
    let migrations = migrations_of([outside(revision("r1", &[], create_a, drop_a))]);
    let mut connection = memory();
    migrations.upgrade(&mut connection).unwrap();
    connection
        .execute("UPDATE migrate_revisions SET status = 'upgrading'", [])
        .unwrap();
    let options = RunOptions::new().wait(Duration::from_millis(80));
    let error = migrations
        .upgrade_with(&mut connection, "head", &options, &mut ())
        .unwrap_err();
    assert!(
        matches!(&error, RunError::UnfinishedRevision { revision, .. } if revision == "r1"),
        "{error:?}"
    );
    assert!(!migrations.is_current(&connection).unwrap());
    let error = migrations.resolve_unfinished(&mut connection, "r2", Resolution::Applied);
    assert!(matches!(
        error,
        Err(RunError::NotUnfinished { applied: false, .. })
    ));
    let resolved = migrations
        .resolve_unfinished(&mut connection, "r1", Resolution::Applied)
        .unwrap();
    assert_eq!(
        (resolved.added, resolved.heads),
        (vec!["r1".to_owned()], vec!["r1".to_owned()])
    );
    assert!(migrations.is_current(&connection).unwrap());
    let error = migrations.resolve_unfinished(&mut connection, "r1", Resolution::RolledBack);
    assert!(matches!(
        error,
        Err(RunError::NotUnfinished { applied: true, .. })
    ));
    connection
        .execute(
            "UPDATE migrate_revisions SET status = 'downgrade_failed'",
            [],
        )
        .unwrap();
    migrations
        .resolve_unfinished(&mut connection, "r1", Resolution::RolledBack)
        .unwrap();
    assert!(recorded(&connection).is_empty());
}

/// Runs a revision that fails at its end, twice, then without that end; returns the names in `a` afterwards.
fn names_after(failing: Code, corrected: Code) -> Vec<String> {
    let of = |up| migrations_of([outside(revision("r1", &[], up, nothing))]);
    let mut connection = memory();
    connection
        .execute_batch("CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, price INTEGER)")
        .unwrap();
    for _ in 0..2 {
        failure(of(failing).upgrade(&mut connection).unwrap_err());
    }
    of(corrected).upgrade(&mut connection).unwrap();
    let sql = "SELECT name || coalesce(price, '') FROM a ORDER BY id";
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(std::result::Result::unwrap).collect()
}

#[test]
fn statements_after_non_transactional_ones_run_once() {
    let steps: Code = |op| {
        op.execute("INSERT INTO a (name) VALUES ('a')")?;
        op.execute("VACUUM; INSERT INTO a (name) VALUES ('b')")?;
        op.execute("VACUUM")?;
        op.execute_with("INSERT INTO a (name) VALUES (?1)", &params!["c"])?;
        op.execute("CREATE INDEX ix ON a (name); VACUUM")
    };
    let failing: Code = |op| {
        op.execute("INSERT INTO a (name) VALUES ('a')")?;
        op.execute("VACUUM; INSERT INTO a (name) VALUES ('b')")?;
        op.execute("VACUUM")?;
        op.execute_with("INSERT INTO a (name) VALUES (?1)", &params!["c"])?;
        op.execute("CREATE INDEX ix ON a (name); VACUUM; no statement")
    };
    assert_eq!(names_after(failing, steps), ["a", "b", "c"]);
}

/// Doubles the price of each row: if it ran again, each row would have another price.
fn double(op: &mut Op<'_, Sqlite>) -> Result<()> {
    for name in ["x", "y"] {
        op.execute_with("INSERT INTO a (name, price) VALUES (?1, 5)", &params![name])?;
    }
    if !op.has_table("b")? {
        create_b(op)?;
        op.execute("INSERT INTO a (name) VALUES ('b was made')")?;
    }
    for row in op.query("SELECT id, price FROM a WHERE price < 10 ORDER BY id", &[])? {
        let price = row[1].as_i64().unwrap_or(0) * 2;
        let params = [price.into(), row[0].clone()];
        op.execute_with("UPDATE a SET price = ?1 WHERE id = ?2", &params)?;
        op.execute_with("INSERT INTO a (name) VALUES (?1)", &params![price])?;
    }
    if op.execute("INSERT INTO missing VALUES (1)").is_err() {
        op.execute("INSERT INTO a (name) VALUES ('none')")?;
    }
    Ok(())
}

#[test]
fn a_resumed_revision_gets_its_recorded_results_and_failures() {
    let names = names_after(
        |op| double(op).and_then(|()| op.execute("VACUUM; no statement")),
        |op| {
            double(op)?;
            op.execute("VACUUM")
        },
    );
    assert_eq!(names, ["x10", "y10", "b was made", "10", "10", "none"]);
}

#[test]
fn a_run_stops_if_another_run_writes_its_row() {
    let migrations = migrations_of([outside(revision(
        "r1",
        &[],
        |op| {
            create_a(op)?;
            // A run that takes over does the same.
            let take_over = "UPDATE migrate_revisions SET journal = 'x' || journal";
            op.execute(take_over)?;
            create_b(op)
        },
        nothing,
    ))]);
    let mut connection = memory();
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(
        matches!(&error, RunError::TakenOver { revision, .. } if revision == "r1"),
        "{error:?}"
    );
    assert_eq!(names(&connection), ["a"]);
}
