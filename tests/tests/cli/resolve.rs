//! `resolve`.

use insta::assert_snapshot;

use crate::package::Package;

#[test]
fn an_interrupted_revision_is_marked() {
    let package = Package::new("resolved", &["src/lib.rs"]).with_revisions();
    assert_snapshot!(package.migrate("resolve r1"), @"");
    assert_snapshot!(package.migrate("resolve r1 --applied --rolled-back"), @"");
    assert_snapshot!(package.migrate("resolve r1 --applied --database-url none.db"), @"");
    let file = package.file_of("r2");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("id: \"r2\",", "id: \"r2\",\n    transaction: false,");
    let text = text.replace(
        "ADD COLUMN b INTEGER\")?;",
        "ADD COLUMN b INTEGER\")?;\n    op.execute(\"no SQL\")?;",
    );
    std::fs::write(&file, text).unwrap();
    assert_eq!(package.migrate("upgrade --database-url a.db").status, 1);
    assert_snapshot!(package.migrate("resolve r1 --applied --database-url a.db"), @"");
    assert_snapshot!(package.migrate("resolve r9 --applied --database-url a.db"), @"");
    assert_snapshot!(package.migrate("resolve r1 --rolled-back --database-url a.db"), @"");
    assert_snapshot!(package.migrate("resolve r2 --applied --database-url a.db --json"), @"");
    assert_snapshot!(package.migrate("resolve r2 --applied --database-url a.db"), @"");
}

#[test]
fn an_undone_revision_runs_again() {
    let package = Package::new("undone", &["src/lib.rs"]).with_revisions();
    let file = package.file_of("r2");
    let good = std::fs::read_to_string(&file).unwrap();
    let bad = good.replace("id: \"r2\",", "id: \"r2\",\n    transaction: false,");
    let bad = bad.replace(
        "ADD COLUMN b INTEGER\")?;",
        "ADD COLUMN b INTEGER\")?;\n    op.execute(\"no SQL\")?;",
    );
    std::fs::write(&file, bad).unwrap();
    assert_eq!(package.migrate("upgrade --database-url a.db").status, 1);
    let database = rusqlite::Connection::open(package.project.join("a.db")).unwrap();
    database.execute("ALTER TABLE t DROP COLUMN b", []).unwrap();
    assert_snapshot!(package.migrate("resolve r2 --rolled-back --database-url a.db"), @"");
    std::fs::write(&file, good).unwrap();
    package.migrate("upgrade --database-url a.db").done();
}
