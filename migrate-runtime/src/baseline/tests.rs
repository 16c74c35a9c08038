//! What gets a history and what does not, on SQLite.

#![cfg(feature = "sqlite")]

use rusqlite::Connection;

use super::{Baseline, Mapping, Plan, Proof, Tool, baseline};
use crate::chain::{chain, revision};
use crate::executor::Settings;
use crate::migrations::Migrations;
use crate::v1::*;

fn two() -> &'static Migrations<Sqlite> {
    let mut first = revision(
        "aaaa",
        &[],
        |op| op.create_table("a", |t| t.column(Column::new("id", Integer).primary_key())),
        |_| Ok(()),
    );
    first.header.file = "src/migrations/m20240101_120000_create_a.rs";
    let mut second = revision(
        "bbbb",
        &["aaaa"],
        |op| op.add_column("a", Column::new("name", Text)),
        |_| Ok(()),
    );
    second.header.file = "src/migrations/m20240102_120000_add_name.rs";
    chain([first, second])
}

fn database(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

const FIRST: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY);";
const BOTH: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);";

fn run(sql: &str, plan: &Plan) -> Result<Baseline, (String, bool)> {
    let mut connection = database(sql);
    baseline(two(), &mut connection, &Settings::default(), None, plan).map_err(|error| {
        let written: bool = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'migrate_revisions'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        (error.to_string(), written)
    })
}

fn refused(sql: &str, plan: &Plan) -> String {
    let (message, written) = run(sql, plan).unwrap_err();
    assert!(!written, "a refused baseline wrote something");
    message
}

#[test]
fn a_database_without_history_is_at_the_heads_if_its_schema_says_so() {
    let done = run(BOTH, &Plan::default()).unwrap();
    assert_eq!(done.recorded, ["aaaa", "bbbb"]);
    assert_eq!(done.tool, None);
    assert_eq!(
        refused(FIRST, &Plan::default()),
        "the database is not what the revisions build: 1 difference"
    );
}

#[test]
fn it_is_at_the_revision_that_is_named() {
    let plan = Plan {
        targets: vec![migrate_graph::Target::parse("aaaa").unwrap()],
        ..Plan::default()
    };
    assert_eq!(run(FIRST, &plan).unwrap().recorded, ["aaaa"]);
    assert!(refused(BOTH, &plan).contains("1 difference"));
}

#[test]
fn differences_can_be_accepted() {
    let plan = Plan {
        proof: Proof::ToldOnly,
        ..Plan::default()
    };
    let done = run(FIRST, &plan).unwrap();
    assert_eq!(done.differences, ["add column `a.name`"]);
    assert_eq!(done.heads, ["bbbb"]);
}

#[test]
fn a_database_with_a_history_is_refused() {
    let mut connection = database("");
    two().upgrade(&mut connection).unwrap();
    let error = baseline(
        two(),
        &mut connection,
        &Settings::default(),
        None,
        &Plan::default(),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "the database has a history: table `migrate_revisions` records 2 revisions"
    );
}

#[test]
fn the_history_of_every_other_tool_is_understood() {
    let histories = [
        (
            Tool::Alembic,
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
             INSERT INTO alembic_version VALUES ('bbbb');",
        ),
        (
            Tool::Sqlx,
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT, success BOOLEAN);
             INSERT INTO _sqlx_migrations VALUES (20240101120000, 'a', 1), (20240102120000, 'b', 1);",
        ),
        (
            Tool::Diesel,
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY, run_on TIMESTAMP);
             INSERT INTO __diesel_schema_migrations VALUES ('20240101120000', ''), ('20240102120000', '');",
        ),
        (
            Tool::SeaOrm,
            "CREATE TABLE seaql_migrations (version VARCHAR PRIMARY KEY, applied_at BIGINT);
             INSERT INTO seaql_migrations VALUES ('m20240101_120000_create_a', 1), ('m20240102_120000_add_name', 1);",
        ),
    ];
    for (tool, sql) in histories {
        let done = run(&format!("{BOTH}{sql}"), &Plan::default()).unwrap();
        assert_eq!(done.tool, Some(tool));
        assert_eq!(done.heads, ["bbbb"], "{tool:?}");
    }
}

const REFINERY: &str =
    "CREATE TABLE refinery_schema_history (version INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO refinery_schema_history VALUES (1, 'a'), (2, 'b');";

#[test]
fn versions_that_are_no_revisions_can_be_counted() {
    let sql = format!("{BOTH}{REFINERY}");
    assert_eq!(
        refused(&sql, &Plan::default()),
        "Refinery recorded migrations that are no revisions here: `1`, `2`"
    );
    let counted = Plan {
        mapping: Mapping::ByOrder,
        ..Plan::default()
    };
    assert_eq!(run(&sql, &counted).unwrap().heads, ["bbbb"]);
    let three = format!("{sql} INSERT INTO refinery_schema_history VALUES (3, 'c');");
    assert_eq!(
        refused(&three, &counted),
        "Refinery recorded 3 migrations, and there are 2 revisions"
    );
    let alembic = format!("{BOTH} CREATE TABLE alembic_version (version_num TEXT);");
    assert!(refused(&alembic, &counted).contains("heads only"));
}

#[test]
fn a_migration_that_failed_there_is_no_history() {
    let sql = format!(
        "{BOTH} CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, success BOOLEAN);
         INSERT INTO _sqlx_migrations VALUES (20240101120000, 0);"
    );
    assert_eq!(
        refused(&sql, &Plan::default()),
        "sqlx recorded that its migration `20240101120000` failed"
    );
}
