//! Databases that get a history, and databases that do not, on SQLite.

#![cfg(feature = "sqlite")]

use rusqlite::Connection;

use super::{
    Baseline, BaselineOptions, InitialRevision, OnDifference, Tool, VersionMatching, adopt,
    generate_initial_revision,
};
use migrate_engine::executor::RunOptions;
use migrate_engine::migrations::Migrations;
use migrate_engine::test_revisions::{migrations_of, revision};
use migrate_engine::v1::*;

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
    migrations_of([first, second])
}

fn database(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

const FIRST: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY);";
const BOTH: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);";

fn run(sql: &str, plan: &BaselineOptions) -> Result<Baseline, (String, bool)> {
    let mut connection = database(sql);
    adopt(two(), &mut connection, &RunOptions::default(), None, plan).map_err(|error| {
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

fn refused(sql: &str, plan: &BaselineOptions) -> String {
    let (message, written) = run(sql, plan).unwrap_err();
    assert!(!written, "a refused baseline wrote something");
    message
}

#[test]
fn a_database_without_history_is_at_the_heads_if_its_schema_matches() {
    let done = run(BOTH, &BaselineOptions::default()).unwrap();
    assert_eq!(done.added, ["aaaa", "bbbb"]);
    assert_eq!(done.tool, None);
    assert_eq!(
        refused(FIRST, &BaselineOptions::default()),
        "the database differs from the schema that the revisions build: 1 difference"
    );
}

#[test]
fn a_database_is_at_the_named_revision() {
    let plan = BaselineOptions {
        targets: vec![migrate_graph::Target::parse("aaaa").unwrap()],
        ..BaselineOptions::default()
    };
    assert_eq!(run(FIRST, &plan).unwrap().added, ["aaaa"]);
    assert!(refused(BOTH, &plan).contains("1 difference"));
}

#[test]
fn differences_can_be_accepted() {
    let plan = BaselineOptions {
        on_difference: OnDifference::Warn,
        ..BaselineOptions::default()
    };
    let done = run(FIRST, &plan).unwrap();
    assert_eq!(
        done.differences,
        ["column `a.name` TEXT is in the revisions only"]
    );
    assert_eq!(done.heads, ["bbbb"]);
}

#[test]
fn a_database_with_a_history_is_refused() {
    let mut connection = database("");
    two().upgrade(&mut connection).unwrap();
    let error = adopt(
        two(),
        &mut connection,
        &RunOptions::default(),
        None,
        &BaselineOptions::default(),
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
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
             INSERT INTO alembic_version VALUES ('bbbb');",
        ),
        (
            Tool::Sqlx,
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
                 installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
                 execution_time BIGINT NOT NULL);
             INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (20240101120000, 'create a', TRUE, x'00', 7), (20240102120000, 'add name', TRUE, x'01', 7);",
        ),
        (
            Tool::Diesel,
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
                 run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
             INSERT INTO __diesel_schema_migrations (version)
                 VALUES ('00000000000000'), ('20240101120000'), ('20240102120000');",
        ),
        (
            Tool::SeaOrm,
            "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);
             INSERT INTO seaql_migrations VALUES ('m20240101_120000_create_a', 1), ('m20240102_120000_add_name', 1);",
        ),
    ];
    for (tool, sql) in histories {
        let done = run(&format!("{BOTH}{sql}"), &BaselineOptions::default()).unwrap();
        assert_eq!(done.tool, Some(tool));
        assert_eq!(done.heads, ["bbbb"], "{tool:?}");
    }
}

const REFINERY: &str =
    "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255),
        checksum VARCHAR(255));
    INSERT INTO refinery_schema_history (version, name) VALUES (1, 'a'), (2, 'b');";

#[test]
fn versions_that_are_not_revisions_are_matched_by_order() {
    let sql = format!("{BOTH}{REFINERY}");
    assert_eq!(
        refused(&sql, &BaselineOptions::default()),
        "Refinery recorded migrations that are not revisions here: `1`, `2`"
    );
    let counted = BaselineOptions {
        matching: VersionMatching::ByOrder,
        ..BaselineOptions::default()
    };
    assert_eq!(run(&sql, &counted).unwrap().heads, ["bbbb"]);
    let three =
        format!("{sql} INSERT INTO refinery_schema_history (version, name) VALUES (3, 'c');");
    assert_eq!(
        refused(&three, &counted),
        "Refinery recorded 3 migrations, and there are 2 revisions"
    );
    let alembic = format!("{BOTH} CREATE TABLE alembic_version (version_num TEXT);");
    assert!(refused(&alembic, &counted).contains("heads only"));
}

#[test]
fn a_failed_migration_of_another_tool_is_refused() {
    let sql = format!(
        "{BOTH} CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, success BOOLEAN);
         INSERT INTO _sqlx_migrations VALUES (20240101120000, 0);"
    );
    assert_eq!(
        refused(&sql, &BaselineOptions::default()),
        "sqlx recorded that its migration `20240101120000` failed"
    );
}

#[test]
fn an_object_only_in_the_database_is_a_difference() {
    for sql in [
        "CREATE VIEW v AS SELECT id FROM a",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    ] {
        assert!(
            refused(&format!("{BOTH}{sql};"), &BaselineOptions::default())
                .ends_with("1 difference"),
            "{sql}"
        );
    }
}

fn found(sql: &str, migrations: &Migrations<Sqlite>) -> Result<InitialRevision, String> {
    let mut connection = database(sql);
    let found = generate_initial_revision(migrations, &mut connection, &RunOptions::default());
    found.map_err(|error| error.to_string())
}

#[test]
fn an_initial_revision_builds_all_but_another_tools_table() {
    let own = "CREATE TABLE schema_version (version INTEGER NOT NULL);";
    let found = found(&format!("{BOTH}{REFINERY}{own}"), migrations_of([])).unwrap();
    assert_eq!(found.tool, Some(Tool::Refinery));
    // It may be the application's own, so it is told.
    assert_eq!(found.histories, ["schema_version"]);
    let titles: Vec<String> = found
        .difference
        .operations
        .iter()
        .map(|op| op.title())
        .collect();
    assert_eq!(titles, ["create table `a`"]);
    assert_eq!(found.schema.tables.len(), 1);
}

#[test]
fn an_initial_revision_needs_tables_and_no_other_revisions() {
    let table_only = found(REFINERY, migrations_of([])).unwrap_err();
    assert_eq!(
        table_only,
        "the database has no tables, so there is nothing to write"
    );
    assert_eq!(
        found(BOTH, two()).unwrap_err(),
        "the package already has revisions: 2"
    );
    let recorded = "CREATE TABLE migrate_revisions (revision TEXT PRIMARY KEY)";
    assert!(found(&format!("{BOTH}{recorded}"), migrations_of([])).is_err());
}
