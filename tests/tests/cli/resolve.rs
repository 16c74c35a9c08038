//! `resolve`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn an_interrupted_revision_is_marked() {
    let package = Package::new("resolved", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("resolve r1"), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided: <--applied|--rolled-back>
     note: usage: cargo migrate resolve <--applied|--rolled-back> <ID>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(package.migrate("resolve r1 --applied --rolled-back"), @"
    exit 2
    --- stderr
    error: the argument '--applied' cannot be used with '--rolled-back'
     note: usage: cargo migrate resolve <--applied|--rolled-back> <ID>
     help: pass `--help` to list the options
    ");
    assert_snapshot!(package.migrate("resolve r1 --applied --database-url none.db"), @"
    exit 1
    --- stderr
    error: the database does not exist
     help: check the path or the name; `upgrade` creates a new database
    ");
    let file = package.file_of("r2");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(
        "revision: \"r2\",",
        "revision: \"r2\",\n    transaction: false,",
    );
    let text = text.replace(
        "ADD COLUMN b INTEGER\")?;",
        "ADD COLUMN b INTEGER\")?;\n    op.execute(\"no SQL\")?;",
    );
    std::fs::write(&file, text).unwrap();
    assert_eq!(package.migrate("upgrade --database-url a.db").status, 1);
    assert_snapshot!(package.migrate("resolve r1 --applied --database-url a.db"), @"
    exit 0
    --- stderr
    already at r1; nothing was run
    not compared with the schema that the revisions build: the upgrade of revision `r2` was interrupted outside a transaction
    ");
    assert_snapshot!(package.migrate("resolve r9 --applied --database-url a.db"), @"
    exit 1
    --- stderr
    error: revision `r9` is not applied and was not interrupted
     help: `status` lists the unfinished revision; to record another one, run `stamp TARGET`
    ");
    assert_snapshot!(package.migrate("resolve r1 --rolled-back --database-url a.db"), @"
    exit 1
    --- stderr
    error: revision `r1` is applied and was not interrupted
     help: `status` lists the unfinished revision; to record another one, run `stamp TARGET`
    ");
    assert_snapshot!(package.migrate("resolve r2 --applied --database-url a.db"), @r#"
    exit 0
    --- stderr
    recorded: r2
    now at r2; nothing was run
    not compared with the schema that the revisions build: on a scratch database, revision `r2` failed to upgrade: near "no": syntax error
    "#);
    assert_snapshot!(package.migrate("resolve r2 --applied --database-url a.db"), @r#"
    exit 0
    --- stderr
    already at r2; nothing was run
    not compared with the schema that the revisions build: on a scratch database, revision `r2` failed to upgrade: near "no": syntax error
    "#);
}

#[test]
fn an_undone_revision_runs_again() {
    let package = Package::new("undone", &["src/lib.rs"]).with_revisions();
    let file = package.file_of("r2");
    let original = std::fs::read_to_string(&file).unwrap();
    let bad = original.replace(
        "revision: \"r2\",",
        "revision: \"r2\",\n    transaction: false,",
    );
    let bad = bad.replace(
        "ADD COLUMN b INTEGER\")?;",
        "ADD COLUMN b INTEGER\")?;\n    op.execute(\"no SQL\")?;",
    );
    std::fs::write(&file, bad).unwrap();
    assert_eq!(package.migrate("upgrade --database-url a.db").status, 1);
    let database = rusqlite::Connection::open(package.project.join("a.db")).unwrap();
    database.execute("ALTER TABLE t DROP COLUMN b", []).unwrap();
    assert_snapshot!(package.migrate("resolve r2 --rolled-back --database-url a.db"), @"
    exit 0
    --- stderr
    no longer recorded: r2
    now at r1; nothing was run
    ");
    std::fs::write(&file, original).unwrap();
    package.migrate("upgrade --database-url a.db").done();
}
