//! `baseline`.

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::package::Package;

#[test]
fn a_database_of_another_tool_gets_a_history() {
    let package = Package::new("adopted", &["src/lib.rs"]).with_revisions();
    let database = |name: &str, sql: &str| {
        let connection = Connection::open(package.project.join(name)).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    let table = "CREATE TABLE t (a INTEGER, b INTEGER);";
    database("plain.db", table);
    database(
        "alembic.db",
        &format!(
            "{table} CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('r2')"
        ),
    );
    database("early.db", "CREATE TABLE t (a INTEGER);");
    assert_snapshot!(package.migrate("baseline --database-url alembic.db"), @"
    exit 0
    --- stderr
    took over the history of Alembic; its table `alembic_version` stays
    recorded: r1
    recorded: r2
    now at r2; nothing was run
    ");
    assert_snapshot!(package.migrate("baseline --database-url alembic.db"), @"
    exit 1
    --- stderr
    error: the database has a history: table `migrate_revisions` records 2 revisions
      why: nothing was written
     help: run `upgrade`; `status` lists what is recorded
    ");
    assert_snapshot!(package.migrate("baseline --database-url early.db"), @"
    exit 1
    --- stderr
    error: the database is not what the revisions build: 1 difference
      why: missing: add column `t.b`
      why: nothing was written
     help: change the revisions or the database, or accept the differences with `--accept-differences`
    ");
    assert_snapshot!(package.migrate("baseline r1 --database-url early.db --json"), @r#"
    exit 0
    --- stdout
    {"tool":null,"recorded":["r1"],"current":["r1"],"differences":[]}
    "#);
    assert_snapshot!(package.migrate("baseline --by-order --accept-differences --database-url plain.db"), @"
    exit 0
    --- stderr
    recorded: r1
    recorded: r2
    recorded: r3
    now at r3; nothing was run
    ");
    assert_snapshot!(package.migrate("baseline --database-url none.db"), @"
    exit 1
    --- stderr
    error: there is no such database
     help: check the path or the name; `upgrade` makes a new one
    ");
}
