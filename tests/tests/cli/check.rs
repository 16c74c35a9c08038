//! `check` and `diff`: a history, applied revisions and a live database, and how they differ from the expected schema.

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::package::Package;

#[test]
fn a_broken_history_is_found_without_building() {
    let package = Package::new("check_chain", &["src/lib.rs"]).with_revisions();
    let path = package.file_of("r3");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"r2\"", "\"r9\"")).unwrap();
    assert_snapshot!(package.migrate("check"), @r"
    exit 3
    --- stderr
    error: revision `r3` follows `r9`, which does not exist
      --> src/migrations/m[DATE]_r3.rs:7:20
     help: did you mean `r1`?
    ");
}

#[test]
fn a_revision_that_does_not_run_on_an_empty_database_is_reported() {
    let package = Package::new("check_replay", &["src/lib.rs"]).with_revisions();
    let path = package.file_of("r2");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("ALTER TABLE t ", "ALTER TABLE u ")).unwrap();
    assert_snapshot!(package.migrate("check"), @"
    exit 3
    --- stderr
    error: on a scratch database, revision `r2` failed to upgrade: no such table: u
      --> src/migrations/m[DATE]_r2.rs:12
     note: statement 1 of the revision: ALTER TABLE u ADD COLUMN b INTEGER
     note: nothing was changed: the scratch database was dropped
    ");
}

#[test]
fn drift_is_found_and_reported() {
    let package = Package::new("check_drift", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("diff"), @"
    exit 2
    --- stderr
    error: no database was named
     help: pass `--database-url URL`, or set DATABASE_URL in the environment or in `.env`
    ");
    assert_snapshot!(package.migrate("check"), @"
    exit 0
    --- stderr
    nothing found; checked the graph of 3 revisions, a run of all revisions on a scratch database
    ");
    // A mistyped path must not read as success.
    assert_snapshot!(package.migrate("check --database-url none.db"), @"
    exit 3
    --- stdout
    found: the named database does not exist
     help: check the path or the name; `cargo migrate upgrade` creates it; to check the revisions alone, leave out `--database-url` and DATABASE_URL
    ");
    assert_snapshot!(package.migrate("diff --database-url none.db"), @"
    exit 0
    --- stderr
    the named database does not exist
    ");
    assert_snapshot!(package.migrate("status --database-url none.db"), @"
    exit 0
    --- stdout
    applied: 0
    pending: 3
      r1  r1
      r2  r2
      r3  r3
    --- stderr
    the named database does not exist
    ");
    assert_snapshot!(package.migrate("current --database-url none.db"), @"
    exit 0
    --- stderr
    the named database does not exist
    nothing is applied
    ");
    assert!(!package.project.join("none.db").exists());
    package.migrate("upgrade r2 --database-url a.db").done();
    // A database below the heads is compared with the revisions that it has.
    assert_snapshot!(package.migrate("check --database-url a.db"), @"
    exit 0
    --- stderr
    nothing found; checked the graph of 3 revisions, the applied revisions, the database
    ");
    assert_snapshot!(package.migrate("diff --database-url a.db"), @"
    exit 0
    --- stderr
    no difference: the database has the schema that its revisions build
    ");

    let connection = Connection::open(package.project.join("a.db")).unwrap();
    connection
        .execute_batch(
            "ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD COLUMN c TEXT NOT NULL DEFAULT '';
             CREATE TABLE extra (a); CREATE UNIQUE INDEX \"ix\n\u{1b}[31m\" ON t (a);",
        )
        .unwrap();
    assert_snapshot!(package.migrate("diff --database-url a.db"), @"
    exit 3
    --- stdout
    table `extra` with 1 column is in the database only
    column `t.c` TEXT NOT NULL is in the database only
    column `t.b` INTEGER is in the revisions only
    unique index `ix��[31m` of `t` is in the database only
    ");
    assert_snapshot!(package.migrate("diff --json --database-url a.db"), @r#"
    exit 3
    --- stdout
    {"from":"the revisions","to":"the database","differences":["table `extra` with 1 column is in the database only","column `t.c` TEXT NOT NULL is in the database only","column `t.b` INTEGER is in the revisions only","unique index `ix��[31m` of `t` is in the database only"],"operations":["create table `extra`","add column `t.c`","drop column `t.b`","create index `ix\n\u001b[31m`"]}
    "#);
    assert_snapshot!(package.migrate("check --database-url a.db"), @r#"
    exit 3
    --- stdout
    found: the database differs from the schema that its revisions build
      table `extra` with 1 column is in the database only
      column `t.c` TEXT NOT NULL is in the database only
      column `t.b` INTEGER is in the revisions only
      unique index `ix��[31m` of `t` is in the database only
     help: recreate what is in the revisions only, unless it can be dropped; then write a revision for the rest with `cargo migrate revision --from-drift -m "…"`
    "#);
    assert_snapshot!(package.migrate("check --json --database-url a.db"), @r#"
    exit 3
    --- stdout
    {"checked":["the graph of 3 revisions","the applied revisions","the database"],"findings":[{"kind":"drift","message":"the database differs from the schema that its revisions build","revision":null,"file":null,"differences":["table `extra` with 1 column is in the database only","column `t.c` TEXT NOT NULL is in the database only","column `t.b` INTEGER is in the revisions only","unique index `ix��[31m` of `t` is in the database only"],"help":"recreate what is in the revisions only, unless it can be dropped; then write a revision for the rest with `cargo migrate revision --from-drift -m \"…\"`"}],"lints":[]}
    "#);
}

#[test]
fn an_applied_revision_that_was_edited_is_found() {
    let package = Package::new("check_edited", &["src/lib.rs"]).with_revisions();
    package.migrate("upgrade --database-url a.db").done();
    let path = package.file_of("r3");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("VALUES (1, 2)", "VALUES (1, 3)")).unwrap();
    assert_snapshot!(package.migrate("check --database-url a.db"), @"
    exit 3
    --- stdout
    found: revision `r3` was edited after it was applied here
      --> src/migrations/m[DATE]_r3.rs
     help: restore the file, and write the changes as a new revision; if databases need no change, run `cargo migrate stamp --edited`
    ");
    let connection = Connection::open(package.project.join("a.db")).unwrap();
    connection
        .execute_batch("UPDATE migrate_revisions SET revision = 'zzzz' WHERE revision = 'r3'")
        .unwrap();
    assert_snapshot!(package.migrate("check --database-url a.db"), @"
    exit 3
    --- stdout
    found: revision `zzzz` is applied, and this build does not know it
     help: run `check` with the build that applied it
    ");
    assert_snapshot!(package.migrate("diff --database-url a.db"), @"
    exit 1
    --- stderr
    error: table `migrate_revisions` has revisions that this build does not know: `zzzz`
     note: `zzzz` was applied at [DATE] by version 0.1.0 of the tool
     note: newer or other code applied them, or their files were deleted
     note: nothing was written
     help: run the build that applied them, or `stamp --purge` if they no longer exist
    ");
}
