//! `baseline`.

mod models;

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
    imported the history of Alembic; its table `alembic_version` is kept
    recorded: r1
    recorded: r2
    now at r2; nothing was run
    ");
    assert_snapshot!(package.migrate("baseline --database-url alembic.db"), @"
    exit 1
    --- stderr
    error: the database has a history: table `migrate_revisions` records 2 revisions
     note: nothing was written
     help: run `upgrade`; `status` lists what is recorded
    ");
    assert_snapshot!(package.migrate("baseline --database-url early.db"), @"
    exit 1
    --- stderr
    error: the database differs from the schema that the revisions build: 1 difference
     note: different: column `t.b` INTEGER is in the revisions only
     note: nothing was written
     help: change the revisions or the database, or accept the differences with `--allow-drift`
    ");
    assert_snapshot!(package.migrate("baseline r1 --database-url early.db --json"), @r#"
    exit 0
    --- stdout
    {"tool":null,"added":["r1"],"current":["r1"],"differences":[]}
    "#);
    assert_snapshot!(package.migrate("baseline --match-by-order --allow-drift --database-url plain.db"), @"
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
    error: the database does not exist
     help: check the path or the name; `upgrade` creates a new database
    ");
}

const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers (id));
    CREATE TABLE pages (id INTEGER PRIMARY KEY, best INTEGER REFERENCES notes (id));
    CREATE TABLE notes (id INTEGER PRIMARY KEY, page INTEGER REFERENCES pages (id));
    INSERT INTO customers (email) VALUES ('a@example.org');
    PRAGMA user_version = 27;";

#[test]
fn a_database_without_revisions_gets_its_first_one() {
    let package = Package::new("founded", &["src/lib.rs"]);
    let database = |name: &str, sql: &str| {
        let connection = Connection::open(package.project.join(name)).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    database("shop.db", SHOP);
    database("empty.db", "");
    database("own.db", "");
    let before = package.project.files();
    assert_snapshot!(package.migrate("baseline --database-url empty.db"), @"
    exit 1
    --- stderr
    error: the database has no tables, so there is nothing to write
     note: nothing was written
     help: write the first revision with `cargo migrate revision`, then run `upgrade`
    ");
    assert_snapshot!(package.migrate("baseline heads --database-url shop.db"), @"
    exit 2
    --- stderr
    error: the package has no revisions, so the database can't be at one of them
     help: remove the target and `--match-by-order`: the command then generates the first revision
    ");
    assert_snapshot!(package.migrate("baseline --models=models.rs --database-url shop.db"), @"
    exit 2
    --- stderr
    error: the file for models must be a module next to the library's root file, and [DIR]/models.rs is not
     help: pass `--models=src/models.rs`
    ");
    // A collation that only the application knows: the revision does not run on a scratch database.
    database(
        "own.db",
        "CREATE TABLE c (a TEXT COLLATE nocase UNIQUE); PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'nocase', 'german') WHERE name = 'c';",
    );
    assert_snapshot!(package.migrate("baseline --models --rev-id r1 --database-url own.db"), @"
    exit 1
    --- stderr
    error: on a scratch database, revision `r1` failed to upgrade: no such collation sequence: german
      --> src/migrations/m[DATE]_baseline.rs:12
     note: statement 1 of the revision: CREATE TABLE c ( a TEXT COLLATE german, UNIQUE (a) )
     note: nothing was changed: the scratch database was dropped
     note: src/models.rs was removed
     note: src/migrations/m[DATE]_baseline.rs was removed
     help: if your application registers the collation `german`, set `on_connect` to the function that registers it: `migrations!(backend = Sqlite, on_connect = crate::db::prepare)` with `pub fn prepare(connection: &rusqlite::Connection) -> rusqlite::Result<()>`; or run `cargo migrate revision --from-drift` to write the revision without the check, correct what differs or fails, and run `cargo migrate baseline heads`
    ");
    assert_eq!(package.project.files(), before);
    assert_snapshot!(package.migrate("baseline -m founding --rev-id r1 --database-url shop.db"), @r#"
    exit 0
    --- stdout
    created src/migrations/m[DATE]_founding.rs (revision r1, a base)
    changed src/migrations/mod.rs
            create table `customers`
            create table `orders`
            create table `notes`
            create table `pages`
            add foreign key to `notes`
       note: the revision does not contain the rows of `customers`: if every new database needs some of them, add them with `op.insert(…)`
       note: the revision does not contain `PRAGMA user_version = 27`: if the application needs it, add `op.execute("PRAGMA user_version = 27")`
    recorded r1: a replay produces the schema of the database; nothing was run on it
    "#);
    assert_snapshot!(package.migrate("check --database-url shop.db"), @"
    exit 0
    --- stderr
    nothing found; checked the graph of 1 revision, the applied revisions, the database
    ");
    assert_snapshot!(package.migrate("baseline -m again --database-url shop.db"), @"
    exit 2
    --- stderr
    error: the package already has revisions, so no first revision is generated
     help: remove `--message`, `--rev-id` and `--branch-label` to record the existing revisions; `cargo migrate dump --models` prints models
    ");
    assert_snapshot!(package.migrate("verify"), @"
    exit 0
    --- stderr
    passed r1, founding
    verified 1 revision: 1 passed
    ");
    package.migrate("upgrade --database-url new.db");
    let connection = Connection::open(package.project.join("new.db")).unwrap();
    let named = "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%CONSTRAINT%'";
    let named: i64 = connection.query_row(named, [], |row| row.get(0)).unwrap();
    assert_eq!(named, 0, "what has no name there gets none");
}

#[test]
fn the_history_of_another_tool_and_no_revisions_become_one_revision() {
    let package = Package::new("taken_over", &["src/lib.rs"]);
    let connection = Connection::open(package.project.join("shop.db")).unwrap();
    connection.execute_batch(SHOP).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
             INSERT INTO alembic_version VALUES ('4b1d5f6a7c8e');",
        )
        .unwrap();
    assert_snapshot!(package.migrate("baseline --rev-id r1 --database-url shop.db --json"), @r#"
    exit 0
    --- stdout
    {"revision":"r1","down_revisions":[],"depends_on":[],"branch_labels":[],"created":"[DATE]","message":"baseline","file":"src/migrations/m[DATE]_baseline.rs","module_file":"src/migrations/mod.rs","operations":["create table `customers`","create table `orders`","create table `notes`","create table `pages`","add foreign key to `notes`"],"notes":[],"unmanaged_tables":[],"todo_count":0,"lints":[],"models":null,"skipped":null,"tool":"Alembic","added":["r1"],"differences":[],"histories":[],"tables_with_rows":["customers"],"application_settings":["PRAGMA user_version = 27"]}
    "#);
    assert_snapshot!(package.migrate("diff --database-url shop.db"), @"
    exit 0
    --- stderr
    no difference: the database has the schema that its revisions build
    ");
    assert_snapshot!(package.migrate("status --database-url shop.db --json"), @r#"
    exit 0
    --- stdout
    {"applied":[{"revision":"r1","message":"baseline","applied_at":"[DATE]","duration_ms":0,"tool_version":"0.1.0","state":"applied"}],"pending":[],"current":["r1"],"heads":["r1"],"up_to_date":true}
    "#);
}
