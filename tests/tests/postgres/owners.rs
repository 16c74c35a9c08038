//! Objects of other owners in the same database: on scratch databases, in comparisons, and in other histories.

use std::ffi::OsStr;
use std::sync::OnceLock;

use migrate_runtime::v1::*;
use migrate_runtime::{Migrations, Model};
use migrate_tests::revisions::{Code, linear_history_in, unshared_history};
use migrate_tests::servers::{self, Database};
use migrate_tools::autogenerate::{Request, Source, compare, drift};

fn database() -> Option<(Database, PostgresClient)> {
    let database = servers::postgres()?.database();
    let client = PostgresClient::connect(&database.url).unwrap();
    Some((database, client))
}

const NOTES: (Code<Postgres>, Code<Postgres>) = (
    |op| {
        op.create_table("notes", |t| {
            t.column(Column::new("id", BigInt).primary_key());
            t.column(Column::new("job", BigInt).references(ForeignKey::to("jobs", "id")));
        })
    },
    |op| op.drop_table("notes"),
);

#[derive(Model)]
#[model(table = "notes")]
struct Note {
    #[model(column = "id", primary_key)]
    _id: i64,
    #[model(column = "job", type = "BIGINT", references("jobs"("id")))]
    _job: Option<i64>,
}

fn titles(difference: &migrate_schema::diff::SchemaDiff) -> Vec<String> {
    let operations = difference.operations.iter();
    operations.map(|one| one.title()).collect()
}

#[test]
fn a_key_to_a_table_of_another_owner_works_on_scratch_databases() {
    const OTHERS: &str = "CREATE TYPE mood AS ENUM ('good');\n\
        CREATE TABLE jobs (id bigserial PRIMARY KEY, mood mood); CREATE INDEX ix_jobs ON jobs (mood);\n\
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
        CREATE TRIGGER g BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION touch();";
    let Some((database, mut client)) = database() else {
        return;
    };
    database.run(OTHERS);
    let notes = unshared_history("migrate_revisions", &[NOTES]).scratch_setup("others.sql", OTHERS);
    notes.upgrade(&mut client).unwrap();
    let server = Some(OsStr::new(&database.url));
    let models = [Note::describe()];
    let request = Request::new()
        .source(Source::Tables(&models))
        .scratch_server(server);
    assert_eq!(titles(&compare(&notes, &request).unwrap()), [] as [&str; 0]);
    // The other owner changes its tables, and drops one of its objects.
    database
        .run("ALTER TABLE jobs ADD COLUMN later int; DROP INDEX ix_jobs; DROP TRIGGER g ON jobs");
    let found = drift(&notes, &mut client, server).unwrap();
    assert_eq!(titles(&found), [] as [&str; 0]);
    database.run("ALTER TABLE notes ADD COLUMN ours int");
    let found = drift(&notes, &mut client, server).unwrap();
    assert_eq!(titles(&found), ["add column `notes.ours`"]);
    let invalid = unshared_history("migrate_revisions", &[NOTES]).scratch_setup(
        "others.sql",
        "CREATE TABLE jobs (id bigint);\nCREATE TABEL x ();",
    );
    let error = compare(&invalid, &request).unwrap_err();
    assert_eq!(error.code(), "invalid_scratch_setup");
    assert_eq!(error.notes(), ["at others.sql:2"]);
}

fn jobs() -> &'static Migrations<Postgres> {
    static JOBS: OnceLock<&'static Migrations<Postgres>> = OnceLock::new();
    let create: Code<Postgres> = |op| {
        op.create_table("jobs", |t| {
            t.column(Column::new("id", BigInt).primary_key());
        })
    };
    JOBS.get_or_init(|| {
        linear_history_in("jobs_revisions", &[(create, |op| op.drop_table("jobs"))])
    })
}

#[test]
fn another_history_runs_first_and_is_not_reported() {
    let Some((database, mut client)) = database() else {
        return;
    };
    let notes = unshared_history("migrate_revisions", &[NOTES]).after(&[|| jobs()]);
    notes.upgrade(&mut client).unwrap();
    assert!(notes.is_current(&mut client).unwrap());
    let server = Some(OsStr::new(&database.url));
    let models = [Note::describe()];
    let request = Request::new()
        .source(Source::Tables(&models))
        .scratch_server(server);
    assert_eq!(titles(&compare(&notes, &request).unwrap()), [] as [&str; 0]);
    assert_eq!(
        titles(&drift(&notes, &mut client, server).unwrap()),
        [] as [&str; 0]
    );
}

#[test]
fn a_version_table_can_be_moved() {
    let Some((database, mut client)) = database() else {
        return;
    };
    let create: Code<Postgres> = |op| op.execute("CREATE TABLE t (id int)");
    let code = [(create, (|_| Ok(())) as Code<Postgres>)];
    linear_history_in("migrate_revisions", &code)
        .upgrade(&mut client)
        .unwrap();
    database.run(
        "CREATE SCHEMA ops; ALTER TABLE migrate_revisions SET SCHEMA ops; \
         ALTER TABLE ops.migrate_revisions RENAME TO history",
    );
    let moved = linear_history_in("ops.history", &code);
    assert!(moved.is_current(&mut client).unwrap());
    assert_eq!(moved.upgrade(&mut client).unwrap().steps, []);
    let server = Some(OsStr::new(&database.url));
    assert_eq!(
        titles(&drift(moved, &mut client, server).unwrap()),
        [] as [&str; 0]
    );
}
