//! The histories of other migration tools, in the tables that they make on each database.

use std::ffi::OsStr;

use migrate_engine::backend::Backend;
use migrate_runtime::v1::{Column, Integer, Varchar};
use migrate_runtime::{Migrations, RunOptions};
use migrate_tests::revisions::{Code, migrations, revision};
use migrate_tools::baseline::{
    Baseline, BaselineOptions, Tool, VersionMatching, adopt, generate_initial_revision,
};

use crate::fixture::DatabaseFixture;

/// The tables of another tool after two migrations.
struct Left {
    tool: Tool,
    /// The database that its table is spelled for; any, where none is named.
    only_on: Option<&'static str>,
    sql: &'static [&'static str],
}

const LEFT: [Left; 10] = [
    Left {
        tool: Tool::Alembic,
        only_on: None,
        sql: &[
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, \
             CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
            "INSERT INTO alembic_version VALUES ('bbbb')",
        ],
    },
    Left {
        tool: Tool::Sqlx,
        only_on: Some("postgres"),
        sql: &[
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
             installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, \
             execution_time BIGINT NOT NULL)",
            SQLX_ROWS,
        ],
    },
    Left {
        tool: Tool::Sqlx,
        only_on: Some("mysql"),
        sql: &[SQLX_TABLE, SQLX_ROWS],
    },
    Left {
        tool: Tool::Sqlx,
        only_on: Some("sqlite"),
        sql: &[SQLX_TABLE, SQLX_ROWS],
    },
    Left {
        tool: Tool::Diesel,
        only_on: None,
        sql: &[
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
            "INSERT INTO __diesel_schema_migrations (version) \
             VALUES ('00000000000000'), ('20240101120000'), ('20240102120000')",
        ],
    },
    Left {
        tool: Tool::SeaOrm,
        only_on: None,
        sql: &[
            "CREATE TABLE seaql_migrations (version VARCHAR(255) NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)",
            "INSERT INTO seaql_migrations VALUES ('m20240101_120000_create_a', 1), ('m20240102_120000_add_name', 1)",
        ],
    },
    Left {
        tool: Tool::Goose,
        only_on: None,
        sql: &[
            "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id BIGINT NOT NULL, is_applied BOOLEAN NOT NULL, \
             tstamp TIMESTAMP NULL)",
            "INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, TRUE), (2, 20240101120000, TRUE), \
             (3, 20240102120000, TRUE), (4, 20240102120000, FALSE), (5, 20240102120000, TRUE), (6, 20240103120000, TRUE), \
             (7, 20240103120000, FALSE)",
        ],
    },
    Left {
        tool: Tool::Flyway,
        only_on: None,
        sql: &[
            FLYWAY_TABLE,
            "INSERT INTO flyway_schema_history VALUES \
             (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '\"a\"', 0, 'a', CURRENT_TIMESTAMP, 0, TRUE), \
             (1, '20240101.120000', 'create a', 'SQL', 'a', 0, 'a', CURRENT_TIMESTAMP, 0, TRUE), \
             (2, '9', 'undone', 'SQL', 'c', 0, 'a', CURRENT_TIMESTAMP, 0, TRUE), \
             (3, '9', 'undone', 'UNDO_SQL', 'c', 0, 'a', CURRENT_TIMESTAMP, 0, TRUE), \
             (4, NULL, 'bbbb', 'SQL', 'b', 0, 'a', CURRENT_TIMESTAMP, 0, TRUE), \
             (5, NULL, 'bbbb', 'SQL', 'b', 1, 'a', CURRENT_TIMESTAMP, 0, TRUE)",
        ],
    },
    REFINERY,
    Left {
        tool: Tool::Refinery,
        only_on: None,
        sql: &[
            "CREATE TABLE refinery_schema_history (version INT8 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), \
             checksum VARCHAR(255))",
            "INSERT INTO refinery_schema_history (version, name) VALUES (20240101120000, 'a'), (20240102120000, 'b')",
        ],
    },
];

const REFINERY: Left = Left {
    tool: Tool::Refinery,
    only_on: None,
    sql: &[
        "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), \
         checksum VARCHAR(255))",
        "INSERT INTO refinery_schema_history (version, name) VALUES (1, 'a'), (2, 'b')",
    ],
};

const FLYWAY_TABLE: &str = "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, \
     version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, \
     checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on TIMESTAMP NOT NULL, execution_time INT NOT NULL, \
     success BOOLEAN NOT NULL)";

const SQLX_TABLE: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, \
     execution_time BIGINT NOT NULL)";

const SQLX_ROWS: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
     VALUES (20240101120000, 'create a', TRUE, 'x', 7), (20240102120000, 'add name', TRUE, 'y', 7)";

fn two<B: Backend>() -> &'static Migrations<B> {
    let nothing: Code<B> = |_| Ok(());
    let create: Code<B> =
        |op| op.create_table("a", |t| t.column(Column::new("id", Integer).primary_key()));
    let add: Code<B> = |op| op.add_column("a", Column::new("name", Varchar(20)));
    let mut first = revision("aaaa", &[], create, nothing);
    first.header.file = "src/migrations/m20240101_120000_create_a.rs";
    let mut second = revision("bbbb", &["aaaa"], add, nothing);
    second.header.file = "src/migrations/m20240102_120000_add_name.rs";
    migrations(vec![first, second])
}

/// A database that another tool has brought to the state of both revisions.
fn left<B: Backend>(scratch_server: Option<&str>, sql: &[&str]) -> DatabaseFixture<B> {
    let mut fixture = DatabaseFixture::<B>::new(scratch_server, &[]);
    fixture.sql(&["CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(20))"]);
    fixture.sql(sql);
    fixture
}

fn adopted<B: Backend>(
    scratch_server: Option<&str>,
    fixture: &mut DatabaseFixture<B>,
    mapping: VersionMatching,
) -> Result<Baseline, String> {
    let mut plan = BaselineOptions::default();
    plan.matching = mapping;
    let scratch_server = scratch_server.map(OsStr::new);
    adopt(
        two::<B>(),
        &mut fixture.client,
        &RunOptions::default(),
        scratch_server,
        &plan,
    )
    .map_err(|error| error.to_string())
}

/// The same revisions are recorded on each database, and no comparison speaks of the tool's table.
pub(super) fn the_history_of_every_other_tool_is_understood<B: Backend>(
    database: &str,
    scratch_server: Option<&str>,
) {
    let here = LEFT
        .iter()
        .filter(|left| left.only_on.is_none_or(|only| only == database));
    for Left { tool, sql, .. } in here {
        let mapping = match sql == &REFINERY.sql {
            true => VersionMatching::ByOrder,
            false => VersionMatching::ById,
        };
        let mut fixture = left::<B>(scratch_server, sql);
        let found = generate_initial_revision(
            migrations::<B>(Vec::new()),
            &mut fixture.client,
            &RunOptions::default(),
        );
        let found = found.unwrap();
        assert_eq!((found.tool, found.schema.tables.len()), (Some(*tool), 1));
        let done = adopted(scratch_server, &mut fixture, mapping).unwrap();
        assert_eq!(
            (done.tool, &*done.heads),
            (Some(*tool), &["bbbb".to_owned()][..])
        );
        assert_eq!(done.added, ["aaaa", "bbbb"], "{tool:?}");
        assert!(
            two::<B>()
                .upgrade(&mut fixture.client)
                .unwrap()
                .steps
                .is_empty()
        );
    }

    let mut counted = left::<B>(scratch_server, REFINERY.sql);
    assert_eq!(
        adopted(scratch_server, &mut counted, VersionMatching::ById).unwrap_err(),
        "Refinery recorded migrations that are not revisions here: `1`, `2`"
    );
    let sqlx = LEFT.iter().filter(|left| left.tool == Tool::Sqlx);
    let mut sqlx = sqlx.filter(|left| left.only_on == Some(database));
    let mut failed = left::<B>(scratch_server, sqlx.next().unwrap().sql);
    failed.sql(&["UPDATE _sqlx_migrations SET success = FALSE WHERE version = 20240102120000"]);
    assert_eq!(
        adopted(scratch_server, &mut failed, VersionMatching::ById).unwrap_err(),
        "sqlx recorded that its migration `20240102120000` failed"
    );
}
