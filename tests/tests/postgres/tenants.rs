//! Several schemas with a history each: which one a search path selects, and what never replaces it.

use migrate_runtime::Migrations;
use migrate_runtime::v1::*;
use migrate_tests::revisions::{
    Code, linear_history, linear_history_in, non_transactional_history,
};
use migrate_tests::runner_fixture::{RunnerFixture, refused, text};
use migrate_tests::servers::{self, Database};

const RUNNER: &str = env!("CARGO_BIN_EXE_ledger-migrate");

fn with_path(url: &str, path: &str) -> String {
    format!("{url}?options=-c%20search_path%3D{path}")
}

fn client(database: &Database, path: &str) -> PostgresClient {
    PostgresClient::connect(&with_path(&database.url, path)).unwrap()
}

const MAKE: (Code<Postgres>, Code<Postgres>) = (
    |op| op.create_table("note", |t| t.column(Column::new("id", Integer))),
    |op| op.drop_table("note"),
);

fn notes() -> &'static Migrations<Postgres> {
    linear_history(&[MAKE])
}

/// Returns the schemas that have a table of this name.
fn schemas_of(database: &Database, table: &str) -> Vec<String> {
    let sql =
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relkind = 'r' AND relname = ";
    database.strings(&format!("{sql}'{table}' ORDER BY 1"))
}

/// A database whose `public` is at head, and what is done with another schema before it.
fn public_at_head() -> Option<Database> {
    let database = servers::postgres().map(servers::Server::database)?;
    let mut public = PostgresClient::connect(&database.url).unwrap();
    notes().upgrade(&mut public).unwrap();
    Some(database)
}

#[test]
fn an_empty_schema_before_public_gets_a_history_of_its_own() {
    let Some(database) = public_at_head() else {
        return;
    };
    database.run("CREATE SCHEMA acme");
    let mut acme = client(&database, "acme,public");
    assert!(!notes().is_current(&mut acme).unwrap());
    assert_eq!(notes().upgrade(&mut acme).unwrap().steps.len(), 1);
    assert_eq!(schemas_of(&database, "note"), ["acme", "public"]);
    assert_eq!(
        schemas_of(&database, "migrate_revisions"),
        ["acme", "public"]
    );
    assert!(notes().is_current(&mut acme).unwrap());
    notes().downgrade(&mut acme, "-1").unwrap();
    assert_eq!(schemas_of(&database, "note"), ["public"]);
    let rows = "SELECT revision FROM public.migrate_revisions";
    assert_eq!(database.strings(rows), ["r1"]);
}

#[test]
fn stamp_and_downgrade_ignore_the_history_of_a_later_schema() {
    let Some(database) = public_at_head() else {
        return;
    };
    database.run("CREATE SCHEMA acme");
    let mut acme = client(&database, "acme,public");
    assert!(notes().downgrade(&mut acme, "-1").is_err());
    notes().downgrade(&mut acme, "base").unwrap();
    assert_eq!(schemas_of(&database, "note"), ["public"]);
    notes().stamp(&mut acme, &["head"]).unwrap();
    database.run("DELETE FROM acme.migrate_revisions");
    let rows = "SELECT revision FROM public.migrate_revisions";
    assert_eq!(database.strings(rows), ["r1"]);
}

#[test]
fn a_missing_schema_is_never_replaced_by_a_later_one_of_the_path() {
    let Some(database) = public_at_head() else {
        return;
    };
    let mut acme = client(&database, "acme,public");
    let migrations = notes();
    for error in [
        migrations.upgrade(&mut acme).unwrap_err(),
        migrations.is_current(&mut acme).unwrap_err(),
        migrations.stamp(&mut acme, &["base"]).unwrap_err(),
        migrations.downgrade(&mut acme, "-1").unwrap_err(),
    ] {
        let message = format!("{error} / {:?}", error.help());
        assert!(
            message.contains("begins with the schema `acme`, which does not exist"),
            "{message}"
        );
        assert!(message.contains("CREATE SCHEMA \\\"acme\\\""), "{message}");
    }
    assert_eq!(schemas_of(&database, "note"), ["public"]);
    database.run("CREATE SCHEMA acme");
    migrations.upgrade(&mut acme).unwrap();
    assert_eq!(schemas_of(&database, "note"), ["acme", "public"]);
}

#[test]
fn a_schema_of_the_role_created_later_does_not_move_the_history() {
    let Some(database) = public_at_head() else {
        return;
    };
    let mut client = PostgresClient::connect(&database.url).unwrap();
    database.run("CREATE SCHEMA AUTHORIZATION CURRENT_USER");
    let error = notes().upgrade(&mut client).unwrap_err();
    let message = format!("{error} / {:?}", error.help());
    assert!(
        message.contains("the later schema `public` has a history"),
        "{message}"
    );
    assert!(message.contains("version_table = "), "{message}");
    // Each of the two workarounds works.
    let named = linear_history_in("public.migrate_revisions", &[MAKE]);
    assert!(named.is_current(&mut client).unwrap());
    let role = database.strings("SELECT current_user::text");
    let mut own = self::client(&database, &format!("{},public", role[0]));
    notes().upgrade(&mut own).unwrap();
    assert_eq!(schemas_of(&database, "note").len(), 2);
}

#[test]
fn a_revision_that_creates_such_a_schema_is_recorded_where_the_run_started() {
    let Some(database) = servers::postgres().map(servers::Server::database) else {
        return;
    };
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let make: Code<Postgres> = |op| op.execute("CREATE SCHEMA AUTHORIZATION CURRENT_USER");
    let migrations = linear_history(&[MAKE, (make, |_| Ok(()))]);
    assert_eq!(migrations.upgrade(&mut client).unwrap().steps.len(), 2);
    assert_eq!(schemas_of(&database, "migrate_revisions"), ["public"]);
}

#[test]
fn steps_outside_a_transaction_are_recorded_in_their_own_history() {
    let Some(database) = public_at_head() else {
        return;
    };
    database.run("CREATE SCHEMA other; CREATE TABLE other.migrate_revisions AS TABLE public.migrate_revisions");
    database.run("CREATE SCHEMA acme");
    let step: Code<Postgres> = |op| {
        op.in_schema("other", |op| {
            op.create_table("late", |t| t.column(Column::new("id", Integer)))
        })
    };
    let before = "SELECT migrate_revisions::text FROM other.migrate_revisions";
    let before = (before, database.strings(before));
    let migrations = non_transactional_history(&[(step, |_| Ok(()))]);
    migrations.upgrade(&mut client(&database, "acme")).unwrap();
    assert_eq!(database.strings(before.0), before.1);
    let rows = "SELECT status FROM acme.migrate_revisions";
    assert_eq!(database.strings(rows), ["applied"]);
}

#[test]
fn the_schema_of_the_version_table_can_be_named() {
    let Some(database) = servers::postgres().map(servers::Server::database) else {
        return;
    };
    let migrations = linear_history_in("ops.history", &[MAKE]);
    let mut client = PostgresClient::connect(&database.url).unwrap();
    assert!(!migrations.is_current(&mut client).unwrap());
    migrations.upgrade(&mut client).unwrap();
    assert!(migrations.is_current(&mut client).unwrap());
    assert_eq!(schemas_of(&database, "history"), ["ops"]);
    assert_eq!(schemas_of(&database, "note"), ["public"]);
    migrations.downgrade(&mut client, "base").unwrap();
    migrations.stamp(&mut client, &["head"]).unwrap();
    assert_eq!(database.strings("SELECT revision FROM ops.history"), ["r1"]);
}

#[test]
fn a_database_without_schemas_refuses_a_version_table_in_one() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let make: Code<Sqlite> = |op| op.create_table("note", |t| t.column(Column::new("id", Integer)));
    let migrations = linear_history_in("ops.history", &[(make, |_| Ok(()))]);
    let error = migrations.upgrade(&mut connection).unwrap_err();
    assert!(
        error.to_string().contains("this database has no schemas"),
        "{error}"
    );
}

/// Runs what needs scratch databases.
fn check_everything(database: &Database, url: &str) {
    let fixture = RunnerFixture::new(RUNNER, url, "head");
    for command in [
        &["check"][..],
        &["diff"],
        &["verify"],
        &["upgrade", "base:heads", "--sql"],
        &["revision", "--autogenerate"],
    ] {
        let output = fixture.output(command);
        let message = text(&output);
        assert!(
            !message.contains("no schema has been selected"),
            "{command:?}: {message}"
        );
        if command[0] != "revision" {
            refused(&output, 0, "");
        }
    }
    assert_eq!(schemas_of(database, "accounts"), ["mine"]);
}

#[test]
fn a_search_path_of_the_url_works_on_scratch_databases() {
    let Some(database) = servers::postgres().map(servers::Server::database) else {
        return;
    };
    database.run("CREATE SCHEMA mine");
    check_everything(&database, &with_path(&database.url, "mine"));
}

#[test]
fn a_search_path_of_the_database_or_of_the_role_works_on_scratch_databases() {
    let Some(database) = servers::postgres().map(servers::Server::database) else {
        return;
    };
    let name = &database.name;
    database.run(&format!(
        "CREATE SCHEMA mine; ALTER DATABASE {name} SET search_path = mine, public"
    ));
    check_everything(&database, &database.url);
    let role = name.replace("migrate_test", "tenant");
    database.run(&format!(
        "DROP SCHEMA mine CASCADE; ALTER DATABASE {name} RESET search_path; CREATE ROLE {role} LOGIN CREATEDB; \
         CREATE SCHEMA mine AUTHORIZATION {role}; ALTER ROLE {role} SET search_path = mine"
    ));
    let (_, address) = database.url.split_once('@').unwrap();
    check_everything(&database, &format!("postgres://{role}@{address}"));
    database.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
