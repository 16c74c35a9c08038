//! `--sql` and `--dry-run` of `upgrade` and `downgrade`.

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::package::Package;

/// Revisions that create, alter and fill a table.
fn package(name: &str) -> Package {
    let package = Package::new(name, &["src/lib.rs"]).with_revisions();
    package.migrate("revision -m alter --rev-id r4").done();
    let file = package.file_of("alter");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text
        .replace("up(_op:", "up(op:")
        .replacen(
            "    Ok(())\n",
            "    op.alter_column(\"t\", \"a\", |c| c.not_null())?;\n    op.execute_with(\"UPDATE t SET b = ?1 WHERE a = ?2\", &params![\"it's\", 1])?;\n    op.connection().execute(\"DELETE FROM t WHERE a > 99\", [])?;\n    Ok(())\n",
            1,
        );
    std::fs::write(&file, text).unwrap();
    package
}

#[test]
fn the_sql_of_a_run_is_printed_and_nothing_runs() {
    let package = package("previewed");
    assert_snapshot!(package.migrate("upgrade --sql base:r2"), @"
    exit 0
    --- stdout
    CREATE TABLE migrate_revisions (
        revision VARCHAR(64) NOT NULL,
        down_revision TEXT NOT NULL,
        depends_on TEXT NOT NULL,
        message TEXT NOT NULL,
        checksum TEXT NOT NULL,
        status VARCHAR(16) NOT NULL,
        compatibility VARCHAR(16) NOT NULL,
        sequence INTEGER NOT NULL,
        applied_at VARCHAR(32) NOT NULL,
        duration_ms INTEGER NOT NULL,
        tool_version VARCHAR(32) NOT NULL,
        journal TEXT,
        PRIMARY KEY (revision)
    );

    -- upgrade r1, r1
    BEGIN;
    CREATE TABLE t (a INTEGER);
    INSERT INTO migrate_revisions (revision, down_revision, depends_on, message, checksum, status, compatibility, sequence, applied_at, duration_ms, tool_version) VALUES ('r1', '', '', 'r1', 'v1:[CHECKSUM]', 'applied', 'breaking', 1, '[DATE]', 0, '0.1.0');
    COMMIT;

    -- upgrade r2, r2
    BEGIN;
    ALTER TABLE t ADD COLUMN b INTEGER;
    INSERT INTO migrate_revisions (revision, down_revision, depends_on, message, checksum, status, compatibility, sequence, applied_at, duration_ms, tool_version) VALUES ('r2', 'r1', '', 'r2', 'v1:[CHECKSUM]', 'applied', 'breaking', 2, '[DATE]', 0, '0.1.0');
    COMMIT;

    --- stderr
    nothing was run
    ");
    package.migrate("upgrade r2 --database-url a.db").done();
    assert_snapshot!(package.migrate("upgrade --sql --database-url a.db"), @"
    exit 0
    --- stdout
    -- upgrade r3, r3
    BEGIN;
    INSERT INTO t VALUES (1, 2);
    INSERT INTO migrate_revisions (revision, down_revision, depends_on, message, checksum, status, compatibility, sequence, applied_at, duration_ms, tool_version) VALUES ('r3', 'r2', '', 'r3', 'v1:[CHECKSUM]', 'applied', 'breaking', 3, '[DATE]', 0, '0.1.0');
    COMMIT;

    -- upgrade r4, alter
    BEGIN;
    -- NOT IN THIS SCRIPT: alter column `t.a`, which rebuilds the table
    UPDATE t SET b = 'it''s' WHERE a = 1;
    -- NOT IN THIS SCRIPT: code of the application
    -- NOT IN THIS SCRIPT: the row of the version table: `stamp` the revision when everything is done
    COMMIT;

    --- stderr
    not in this script: r4: alter column `t.a`, which rebuilds the table
    not in this script: r4: code of the application
    not in this script: r4: the row of the version table: `stamp` the revision when everything is done
    nothing was run
    ");
    assert_snapshot!(package.migrate("downgrade --sql base --database-url a.db -q"), @"
    exit 0
    --- stdout
    -- downgrade r2, r2
    BEGIN;
    ALTER TABLE t DROP COLUMN b;
    DELETE FROM migrate_revisions WHERE revision = 'r2';
    COMMIT;

    -- downgrade r1, r1
    BEGIN;
    DROP TABLE t;
    DELETE FROM migrate_revisions WHERE revision = 'r1';
    COMMIT;
    ");
    assert_snapshot!(package.migrate("upgrade --sql :r1 --json"), @r#"
    exit 0
    --- stdout
    {"sql":"CREATE TABLE migrate_revisions (\n    revision VARCHAR(64) NOT NULL,\n    down_revision TEXT NOT NULL,\n    depends_on TEXT NOT NULL,\n    message TEXT NOT NULL,\n    checksum TEXT NOT NULL,\n    status VARCHAR(16) NOT NULL,\n    compatibility VARCHAR(16) NOT NULL,\n    sequence INTEGER NOT NULL,\n    applied_at VARCHAR(32) NOT NULL,\n    duration_ms INTEGER NOT NULL,\n    tool_version VARCHAR(32) NOT NULL,\n    journal TEXT,\n    PRIMARY KEY (revision)\n);\n\n-- upgrade r1, r1\nBEGIN;\nCREATE TABLE t (a INTEGER);\nINSERT INTO migrate_revisions (revision, down_revision, depends_on, message, checksum, status, compatibility, sequence, applied_at, duration_ms, tool_version) VALUES ('r1', '', '', 'r1', 'v1:[CHECKSUM]', 'applied', 'breaking', 1, '[DATE]', 0, '0.1.0');\nCOMMIT;\n\n","unscripted":[]}
    "#);
    assert_snapshot!(package.migrate("current --database-url a.db"), @"
    exit 0
    --- stdout
    r2
    ");
    assert_snapshot!(package.migrate("upgrade r1:r2"), @"
    exit 2
    --- stderr
    error: `r1:r2` is not a valid target: only `history -r` accepts a range of two targets
     help: targets are head, heads, base, an id or at least 4 of its first characters, +N, -N, ID+N, ID-N, LABEL@head, LABEL@base, LABEL@+N and LABEL@ID
    ");
    assert_snapshot!(package.migrate("upgrade --sql --dry-run"), @"
    exit 2
    --- stderr
    error: the argument '--sql' cannot be used with '--dry-run'
     note: usage: cargo migrate upgrade --sql [TARGET]
     help: pass `--help` to list the options
    ");
}

#[test]
fn a_dry_run_runs_everything_and_rolls_it_back() {
    let package = package("rehearsed");
    assert_snapshot!(package.migrate("upgrade --dry-run --database-url a.db"), @"
    exit 0
    --- stderr
    upgrade base -> r1, r1
        CREATE TABLE t (a INTEGER)
        took [TIME]
    upgrade r1 -> r2, r2
        ALTER TABLE t ADD COLUMN b INTEGER
        took [TIME]
    upgrade r2 -> r3, r3
        INSERT INTO t VALUES (1, 2)
        took [TIME]
    upgrade r3 -> r4, alter
        alter column `t.a` (alters in place from SQLite 3.53 on, otherwise rebuilds the table)
        UPDATE t SET b = ?1 WHERE a = ?2: 1 rows
        code of the application
        took [TIME]
    dry run: 4 revisions in [TIME], run on a scratch database; would be at r4; nothing was changed
    ");
    assert!(!package.project.join("a.db").exists());
    package.migrate("upgrade r3 --database-url a.db").done();
    let before = std::fs::read(package.project.join("a.db")).unwrap();
    assert_snapshot!(package.migrate("upgrade --dry-run --database-url a.db"), @"
    exit 0
    --- stderr
    upgrade r3 -> r4, alter
        alter column `t.a` (alters in place from SQLite 3.53 on, otherwise rebuilds the table)
        UPDATE t SET b = ?1 WHERE a = ?2: 1 rows
        code of the application
        took [TIME]
    dry run: 1 revision in [TIME], rolled back; would be at r4; nothing was changed
    ");
    assert_snapshot!(package.migrate("downgrade --dry-run --allow-data-loss base --database-url a.db --json"), @r#"
    exit 0
    --- stdout
    {"steps":[{"revision":"r3","direction":"downgrade","message":"r3","duration_ms":0,"skipped":[]},{"revision":"r2","direction":"downgrade","message":"r2","duration_ms":0,"skipped":[]},{"revision":"r1","direction":"downgrade","message":"r1","duration_ms":0,"skipped":[]}],"current":[],"warnings":[],"dry_run":true}
    "#);
    let rows: i64 = Connection::open(package.project.join("a.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 1);
    assert_eq!(std::fs::read(package.project.join("a.db")).unwrap(), before);
}
