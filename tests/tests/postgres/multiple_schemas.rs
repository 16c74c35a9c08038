//! Several schemas with one history: inspected, compared, modelled and written together.

use std::cell::RefCell;
use std::ffi::OsStr;

use migrate_runtime::model::{ColumnType, Model, ModelTable};
use migrate_runtime::v1::*;
use migrate_runtime::{Migrations, RunOptions};
use migrate_schema::diff::{Hints, Renamed, SchemaDiff};
use migrate_schema::operation::Operation;
use migrate_schema::render::revision_body;
use migrate_tests::revisions::{linear_history, linear_history_over};
use migrate_tests::servers::{self, Database};
use migrate_tools::autogenerate::{Request, Source, compare, drift, drift_at_heads};
use migrate_tools::baseline::{self, adopt};
use migrate_tools::dump;
use migrate_tools::model_source::models;

const SCHEMAS: &[&str] = &["public", "billing", "Odd Name"];

/// Tables of one name, keys both ways, and what no operation makes.
const MADE: &str = "
CREATE SCHEMA billing; CREATE SCHEMA \"Odd Name\";
COMMENT ON SCHEMA billing IS 'money';
CREATE TYPE status AS ENUM ('on', 'off');
CREATE TYPE billing.status AS ENUM ('paid', 'open');
CREATE DOMAIN billing.cents AS bigint CHECK (VALUE >= 0);
CREATE SEQUENCE billing.numbers;
CREATE FUNCTION billing.tax(a bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT a / 5';
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE users (id bigserial PRIMARY KEY, number int DEFAULT nextval('billing.numbers'), state status DEFAULT 'on');
CREATE TABLE billing.users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner bigint NOT NULL REFERENCES users, state billing.status DEFAULT 'open');
CREATE TABLE billing.bills (id serial PRIMARY KEY, payer bigint REFERENCES billing.users, total billing.cents CHECK (billing.tax(total) >= 0));
CREATE TABLE \"Odd Name\".\"Table\" (id int PRIMARY KEY REFERENCES billing.bills, kind status);
ALTER TABLE users ADD COLUMN last_bill int REFERENCES billing.bills ON DELETE SET NULL;
CREATE INDEX ix ON users (number); CREATE INDEX ix ON billing.bills ((total + 1));
CREATE VIEW billing.owners AS SELECT b.id, u.number FROM billing.users b JOIN public.users u ON u.id = b.owner;
CREATE VIEW numbers AS SELECT number FROM billing.owners;
CREATE MATERIALIZED VIEW billing.totals AS SELECT payer FROM billing.bills;
CREATE UNIQUE INDEX ix_totals ON billing.totals (payer);
CREATE TRIGGER watch BEFORE UPDATE ON billing.bills FOR EACH ROW EXECUTE FUNCTION public.audit();
ALTER TABLE billing.bills ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON billing.bills USING (payer > 0);
CREATE FUNCTION billing.number(u users) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';";

thread_local! {
    /// What the revision does, which a scratch database runs on this thread.
    static GENERATED: RefCell<Vec<Operation>> = const { RefCell::new(Vec::new()) };
}

fn up(op: &mut Op<'_, Postgres>) -> Result<()> {
    let operations = GENERATED.with_borrow(Clone::clone);
    operations.into_iter().try_for_each(|each| op.run(each))
}

fn down(op: &mut Op<'_, Postgres>) -> Result<()> {
    let operations = GENERATED.with_borrow(Clone::clone);
    let back = operations.into_iter().rev().filter_map(Operation::reverse);
    back.into_iter().try_for_each(|each| op.run(each))
}

fn generated() -> &'static Migrations<Postgres> {
    linear_history_over(SCHEMAS, &[(up, down)])
}

fn scratch_server(database: &Database) -> Option<&OsStr> {
    Some(OsStr::new(&database.url))
}

fn client(database: &Database) -> PostgresClient {
    PostgresClient::connect(&database.url).unwrap()
}

fn database() -> Option<Database> {
    servers::postgres().map(servers::Server::database)
}

fn first(database: &Database) -> baseline::InitialRevision {
    let none = linear_history_over::<Postgres>(SCHEMAS, &[]);
    baseline::generate_initial_revision(none, &mut client(database), &RunOptions::default())
        .unwrap()
}

/// Adopts a database, and returns its initial revision.
fn adopted(database: &Database) -> baseline::InitialRevision {
    let first = first(database);
    GENERATED.set(first.difference.operations.clone());
    let plan = baseline::BaselineOptions::default();
    let options = RunOptions::default();
    let done = adopt(
        generated(),
        &mut client(database),
        &options,
        scratch_server(database),
        &plan,
    );
    assert_eq!(done.unwrap().differences, Vec::<String>::new());
    first
}

#[test]
fn existing_schemas_are_adopted_completely_and_dropped_again() {
    let Some(source) = database() else { return };
    source.run(MADE);
    let first = adopted(&source);
    let bodies = revision_body(&first.difference.operations);
    assert!(
        bodies.up.contains("op.create_schema(\"billing\")?;"),
        "{}",
        bodies.up
    );
    assert!(
        bodies.down.contains("op.drop_schema(\"billing\")?;"),
        "{}",
        bodies.down
    );

    let new = database().unwrap();
    let mut client = client(&new);
    generated().upgrade(&mut client).unwrap();
    let same = drift(generated(), &mut client, scratch_server(&new)).unwrap();
    assert_eq!(same.describe(), Vec::<String>::new());
    generated().downgrade(&mut client, "base").unwrap();
    let left = "SELECT nspname::text FROM pg_namespace WHERE nspname IN ('billing', 'Odd Name') \
                UNION SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'migrate%' \
                UNION SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    assert_eq!(new.strings(left), Vec::<String>::new());
}

#[test]
fn a_dump_makes_the_same_in_an_empty_database() {
    let Some(source) = database() else { return };
    source.run(MADE);
    let first = first(&source);
    let sql = dump::sql::<Postgres>(&first.schema);
    let copy = database().unwrap();
    copy.run(&sql);
    let again = self::first(&copy);
    let differences = first.schema.differences(&again.schema);
    assert_eq!(differences, Vec::<String>::new(), "{sql}");
    assert_eq!(dump::sql::<Postgres>(&again.schema), sql);
    let models = models::<Postgres>(&first.schema).text;
    assert!(
        models.contains(
            "#[model(schema = \"billing\")]\n#[model(table = \"users\")]\npub struct BillingUsers {"
        ),
        "{models}"
    );
}

#[test]
fn changes_in_a_further_schema_are_found_and_generated() {
    let Some(source) = database() else { return };
    source.run(MADE);
    adopted(&source);
    source.run(
        "ALTER TABLE billing.users ADD COLUMN hot int; ALTER SEQUENCE billing.numbers INCREMENT BY 2;
         DROP TRIGGER watch ON billing.bills; DROP VIEW numbers; DROP TABLE \"Odd Name\".\"Table\"; DROP SCHEMA \"Odd Name\";
         CREATE OR REPLACE FUNCTION billing.tax(a bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT a / 4';
         COMMENT ON SCHEMA billing IS 'more money'",
    );
    let mut client = client(&source);
    let hints = Hints::default();
    let found = drift_at_heads(generated(), &mut client, &hints, scratch_server(&source)).unwrap();
    assert_eq!(
        found.describe(),
        [
            "drop trigger `watch` in schema `billing`",
            "drop view `numbers`",
            "change sequence `numbers` in schema `billing`",
            "add column `users.hot` in schema `billing`",
            "drop constraint `Table_id_fkey` of `Table` in schema `Odd Name`",
            "drop table `Table` in schema `Odd Name`",
            "change function `tax(bigint)` in schema `billing`",
            "set comment of schema `billing`",
            "drop schema `Odd Name`",
        ]
    );
    GENERATED.with_borrow_mut(|all| all.extend(found.operations));
    let none = drift(generated(), &mut client, scratch_server(&source)).unwrap();
    assert_eq!(none.describe(), Vec::<String>::new());
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ColumnType)]
#[column_type(enum = "state")]
enum State {
    Open,
    Paid,
}

#[derive(Debug, Model)]
#[model(table = "users", managed = false)]
struct User {
    #[model(primary_key)]
    id: i64,
    #[model(references(BillingUser(id)))]
    payer: Option<i64>,
}

#[derive(Debug, Model)]
#[model(table = "users", schema = "billing", managed = false)]
struct BillingUser {
    #[model(primary_key)]
    id: i64,
    #[model(references(User(id)), index)]
    owner: i64,
    #[model(check = "number > 0")]
    number: i32,
    state: State,
}

#[derive(Debug, Model)]
#[model(table = "bills", schema = "billing", managed = false)]
struct Bill {
    #[model(primary_key)]
    id: i64,
    #[model(references(BillingUser(id)))]
    payer: i64,
    #[model(references("users"("id")), renamed_from = "user")]
    owner: i64,
}

fn model_diff(database: &Database, models: &[ModelTable], hints: Hints) -> SchemaDiff {
    let request = Request::new()
        .source(Source::Tables(models))
        .hints(hints)
        .scratch_server(scratch_server(database));
    compare(generated(), &request).unwrap()
}

#[test]
fn models_name_their_schema_and_reference_other_schemas() {
    let Some(source) = database() else { return };
    let mut models = vec![User::describe(), BillingUser::describe(), Bill::describe()];
    let found = model_diff(&source, &models, Hints::default());
    assert_eq!(
        found.describe(),
        [
            "create schema `billing`",
            "create type `state` in schema `billing`",
            "create table `users`",
            "create table `users` in schema `billing`",
            "create table `bills` in schema `billing`",
            "create index `ix_users_owner` in schema `billing`",
            "add foreign key `fk_users_payer_users` to `users`",
            "add foreign key `fk_users_owner_users` to `users` in schema `billing`",
        ]
    );
    GENERATED.set(found.operations);
    let nothing = model_diff(&source, &models, Hints::default());
    assert_eq!(nothing.describe(), Vec::<String>::new());
    let mut client = client(&source);
    generated().upgrade(&mut client).unwrap();
    generated().downgrade(&mut client, "base").unwrap();

    // A table without a model is kept; a named one is dropped, and one is renamed.
    models.pop();
    let without_bill = model_diff(&source, &models, Hints::default());
    assert_eq!(without_bill.unmanaged_tables, ["billing.bills"]);
    let mut hints = Hints::default();
    hints.drop_tables.push("billing.bills".to_owned());
    let dropped = model_diff(&source, &models, hints);
    assert_eq!(
        dropped.describe(),
        ["drop table `bills` in schema `billing`"]
    );
    let mut bill = Bill::describe();
    bill.table.name = "invoices".to_owned();
    models.push(bill);
    let mut hints = Hints::default();
    let renamed = Renamed::new("billing.bills", "billing.invoices");
    hints.tables.push(renamed);
    let renamed = model_diff(&source, &models, hints);
    assert_eq!(
        renamed.describe()[0],
        "rename table `bills` to `invoices` in schema `billing`"
    );
}

#[test]
fn a_schema_that_is_not_named_and_a_connection_elsewhere_are_refused() {
    let Some(source) = database() else { return };
    let only: &'static Migrations<Postgres> =
        linear_history_over(&["public", "other"], &[(up, down)]);
    let models = [BillingUser::describe()];
    let request = Request::new()
        .source(Source::Tables(&models))
        .scratch_server(scratch_server(&source));
    let error = compare(only, &request).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model of table `users` is in the schema `billing`, which is not in `schemas`"
    );
    let elsewhere = linear_history_over::<Postgres>(&["app", "public"], &[]);
    let error = drift(elsewhere, &mut client(&source), scratch_server(&source)).unwrap_err();
    let error = format!("{error} {:?}", error.help());
    assert!(
        error.contains("begins with `app`, and this connection is in the schema `public`"),
        "{error}"
    );
    assert!(error.contains("search_path%3Dapp"), "{error}");
    let sqlite = linear_history_over::<Sqlite>(&["main", "other"], &[]);
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let error = drift(sqlite, &mut connection, None).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("this database has no further schemas"),
        "{error}"
    );
}

#[test]
fn an_existing_schema_is_reported() {
    let Some(source) = database() else { return };
    source.run("CREATE SCHEMA billing");
    let makes = linear_history::<Postgres>(&[(
        |op| op.create_schema("billing"),
        |op| op.drop_schema("billing"),
    )]);
    let error = makes.upgrade(&mut client(&source)).unwrap_err();
    assert!(
        error.to_string().contains("create schema `billing`"),
        "{error}"
    );
    let takes = linear_history::<Postgres>(&[(
        |op| op.create_schema_if_not_exists("billing"),
        |op| op.drop_schema_if_exists("billing"),
    )]);
    let mut client = client(&source);
    takes.upgrade(&mut client).unwrap();
    takes.downgrade(&mut client, "base").unwrap();
    let left = "SELECT nspname::text FROM pg_namespace WHERE nspname = 'billing'";
    assert_eq!(source.strings(left), Vec::<String>::new());
}

#[derive(Debug, Model)]
#[model(table = "accounts", managed = false)]
struct Account {
    #[model(primary_key)]
    id: i64,
    #[model(type = "cents")]
    total: String,
    note: Option<String>,
}

#[test]
fn models_are_built_beside_a_function_of_a_tables_rows() {
    let Some(source) = database() else { return };
    let migrations = linear_history::<Postgres>(&[(
        |op| {
            op.execute(
                "CREATE DOMAIN cents AS bigint; CREATE TABLE accounts (id bigint PRIMARY KEY, total cents NOT NULL);
                 CREATE FUNCTION total(a accounts) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
            )
        },
        |_| Ok(()),
    )]);
    let models = [Account::describe()];
    let request = Request::new()
        .source(Source::Tables(&models))
        .scratch_server(scratch_server(&source));
    let found = compare(migrations, &request).unwrap();
    assert_eq!(found.describe(), ["add column `accounts.note`"]);
}

#[test]
fn models_of_a_domain_are_built_beneath_views_with_comments() {
    let Some(source) = database() else { return };
    let migrations = linear_history::<Postgres>(&[(
        |op| {
            op.execute(
                "CREATE DOMAIN cents AS bigint; CREATE TABLE accounts (id bigint PRIMARY KEY, total cents NOT NULL);
                 CREATE VIEW rich AS SELECT total FROM accounts WHERE total > 5;
                 COMMENT ON VIEW rich IS 'x'; COMMENT ON COLUMN rich.total IS 'y';
                 CREATE MATERIALIZED VIEW richest AS SELECT max(total) AS total FROM rich;
                 COMMENT ON MATERIALIZED VIEW richest IS 'z';
                 CREATE UNIQUE INDEX top ON richest (total); COMMENT ON INDEX top IS 'w'",
            )
        },
        |_| Ok(()),
    )]);
    let models = [Account::describe()];
    let request = Request::new()
        .source(Source::Tables(&models))
        .scratch_server(scratch_server(&source));
    let found = compare(migrations, &request).unwrap();
    assert_eq!(found.describe(), ["add column `accounts.note`"]);
}

#[test]
fn composite_types_of_an_extension_are_its_own() {
    let Some(source) = database() else { return };
    let known = "SELECT name::text FROM pg_available_extensions WHERE name = 'tablefunc'";
    if source.strings(known).is_empty() {
        return;
    }
    source.run("CREATE EXTENSION tablefunc; CREATE TYPE pair AS (a int, b int)");
    let titles: Vec<String> = first(&source)
        .difference
        .operations
        .iter()
        .map(Operation::title)
        .collect();
    assert_eq!(
        titles,
        ["create extension `tablefunc`", "create type `pair`"]
    );
}
