//! Version tables in unexpected states.

use super::*;

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
    assert_eq!(
        (error.code(), error.exit().code()),
        ("unknown_applied_revision", 1)
    );
    assert!(error.to_string().contains("`zz\u{fffd}[31m`"), "{error}");
    two_with(create_b)
        .stamp_with(
            &mut connection,
            &["head"],
            &RunOptions::new(),
            StampMode::Purge,
        )
        .unwrap();
    assert_eq!(recorded(&connection), ["r1", "r2"]);
}

#[test]
fn an_older_build_accepts_additive_and_refuses_breaking_revisions() {
    let older = migrations_of([revision("r1", &[], create_a, drop_a)]);
    let mut connection = memory();
    two_with(create_b).upgrade(&mut connection).unwrap();
    let report = older.upgrade(&mut connection).unwrap();
    assert_eq!(
        report.warnings,
        [Warning::DatabaseAhead {
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
        matches!(&error, RunError::DatabaseNewer { revisions } if revisions == &["r2"]),
        "{error:?}"
    );
    assert_eq!(error.exit().code(), 4);
    assert!(!older.is_current(&connection).unwrap());
}

#[test]
fn a_declared_compatibility_overrides_the_detected_one() {
    let compatibility = |up: Code| -> String {
        let mut connection = memory();
        two_with(up).upgrade(&mut connection).unwrap();
        let sql = "SELECT compatibility FROM migrate_revisions WHERE revision = 'r2'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(compatibility(create_b), "additive");
    assert_eq!(
        compatibility(|op| op.execute("CREATE TABLE b (x)")),
        "breaking"
    );
    let declared: Code = |op| {
        op.declare_compatibility(Compatibility::Additive);
        op.execute("CREATE TABLE b (x)")
    };
    assert_eq!(compatibility(declared), "additive");
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
fn a_missing_history_changes_nothing() {
    let mut connection = memory();
    // The first revision creates nothing that already exists, but must not be kept alone.
    let migrations = migrations_of([
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
        ("r2", Some(crate::error::DatabaseErrorKind::AlreadyExists))
    );
    assert!(failure.done.is_empty(), "{failure:?}");
    assert!(recorded(&connection).is_empty());
    let seen: i64 = connection
        .query_row("SELECT count(*) FROM seen", [], |row| row.get(0))
        .unwrap();
    assert_eq!(seen, 1, "the first one's work was rolled back too");
}

#[test]
fn a_dump_with_the_version_table_is_not_a_missing_history() {
    let create: Code = |op| op.execute("CREATE TABLE migrate_revisions (revision TEXT)");
    let migrations = migrations_of([revision("r1", &[], create, nothing)]);
    let error = migrations.upgrade(&mut memory()).unwrap_err();
    let help = error.help().unwrap();
    assert!(
        help.starts_with("remove the table `migrate_revisions`"),
        "{help}"
    );
}

#[test]
fn an_existing_table_of_a_recorded_database_is_not_a_missing_history() {
    let mut connection = memory();
    migrations_of([revision("r1", &[], create_a, drop_a)])
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
fn invalid_rows_decide_nothing() {
    for edit in [
        "status = 'aplied'",
        "status = ''",
        "revision = ''",
        "sequence = 9223372036854775807",
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
                matches!(&error, RunError::InvalidVersionRow { .. }),
                "{edit}: {error:?}"
            );
        };
        // If all revisions are applied, their order does not matter.
        if !edit.starts_with("sequence") {
            row(migrations.upgrade(&mut connection).map(|_| ()));
        }
        row(migrations.downgrade(&mut connection, "base").map(|_| ()));
        row(migrations.stamp(&mut connection, &["r1"]).map(|_| ()));
        row(migrations.status(&connection).map(|_| ()));
        row(migrations.is_current(&connection).map(|_| ()));
        assert_eq!(names(&connection), ["a", "b"], "{edit}");
        assert_eq!(recorded(&connection).len(), 2, "{edit}");
        migrations
            .stamp_with(
                &mut connection,
                &["head"],
                &RunOptions::new(),
                StampMode::Purge,
            )
            .unwrap();
        assert!(migrations.is_current(&connection).unwrap(), "{edit}");
    }
}

#[test]
fn a_foreign_version_table_is_left_alone() {
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
            "CREATE TABLE migrate_revisions (revision, down_revision, depends_on, message, checksum, status, compatibility, \
             sequence, applied_at, duration_ms, tool_version, journal)",
            "primary key",
        ),
    ] {
        let mut connection = memory();
        connection.execute_batch(sql).unwrap();
        let error = two_with(create_b).upgrade(&mut connection).unwrap_err();
        assert!(
            matches!(&error, RunError::InvalidVersionTable { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(problem), "{error}");
        assert!(names(&connection).is_empty());
    }
    let mut connection = memory();
    migrations_of([revision("r1", &[], create_a, drop_a)])
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
fn an_unmanaged_object_in_a_database_with_a_history_has_a_workaround() {
    let mut connection = memory();
    let migrations = two_with(create_b);
    migrations.upgrade_to(&mut connection, "r1").unwrap();
    connection.execute_batch("CREATE TABLE b (x)").unwrap();
    let error = migrations.upgrade(&mut connection).unwrap_err();
    let help = error.help().unwrap();
    assert!(help.contains("record it with `stamp r2`"), "{help}");
    assert!(help.contains("create_table_if_not_exists"), "{help}");
}
