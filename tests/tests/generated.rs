//! The desired schema of models, generated and run, leaves nothing to generate: expressions that a server prints in
//! another form, and what only revisions make.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::cell::RefCell;
use std::ffi::OsStr;

use migrate_runtime::Model;
use migrate_runtime::model::ModelTable;
use migrate_runtime::v1::{Backend, Mysql, Op, Postgres, Result, Sqlite};
use migrate_schema::diff::SchemaDiff;
use migrate_schema::operation::Operation;
use migrate_schema::render::revision_body;
use migrate_tests::revisions::{Code, linear_history};
use migrate_tests::servers;
use migrate_tools::autogenerate::{Request, Source, compare};

thread_local! {
    /// What was generated in this test: the second revision, which a scratch database runs on this thread.
    static GENERATED: RefCell<Vec<Operation>> = const { RefCell::new(Vec::new()) };
}

fn generated<B: Backend>(op: &mut Op<'_, B>) -> Result<()> {
    let operations = GENERATED.with_borrow(Clone::clone);
    operations.into_iter().try_for_each(|each| op.run(each))
}

fn nothing<B: Backend>(_: &mut Op<'_, B>) -> Result<()> {
    Ok(())
}

/// What the first revision does, and a server for scratch databases.
struct DatabaseFixture<'a, B: Backend> {
    first: Code<B>,
    scratch_server: Option<&'a str>,
}

impl<B: Backend> DatabaseFixture<'_, B> {
    fn difference(&self, models: &[ModelTable]) -> SchemaDiff {
        let migrations = linear_history::<B>(&[(self.first, nothing), (generated, nothing)]);
        let request = Request::new()
            .source(Source::Tables(models))
            .scratch_server(self.scratch_server.map(OsStr::new));
        compare(migrations, &request).unwrap()
    }

    /// Writes and runs what is missing, and looks that nothing is missing then. Returns what was written.
    fn generate(&self, models: &[ModelTable]) -> String {
        let first = self.difference(models).operations;
        let text = revision_body(&first).up;
        GENERATED.with_borrow_mut(|all| all.extend(first));
        let second = self.difference(models);
        assert!(second.is_empty(), "{:#?}\nafter {text}", second.operations);
        text
    }
}

fn on_sqlite() -> DatabaseFixture<'static, Sqlite> {
    DatabaseFixture {
        first: nothing,
        scratch_server: None,
    }
}

fn on_postgres(first: Code<Postgres>, work: impl FnOnce(DatabaseFixture<'_, Postgres>)) {
    if let Some(server) = servers::postgres() {
        let scratch_server = Some(&*format!("{}/postgres", server.url));
        work(DatabaseFixture {
            first,
            scratch_server,
        });
    }
}

fn on_mysql(first: Code<Mysql>, work: impl FnOnce(DatabaseFixture<'_, Mysql>)) {
    if let Some(server) = servers::mysql() {
        let database = server.database();
        let scratch_server = Some(&*database.url);
        work(DatabaseFixture {
            first,
            scratch_server,
        });
    }
}

/// What every database has a form for.
#[derive(Model)]
#[model(table = "orders", managed = false)]
#[model(check("status IN ('new', 'paid') OR amount IN (1, 2, 3)", name = "ck_either"))]
#[model(check("NOT (amount > 3 AND status = 'new')", name = "ck_not"))]
#[model(check(
    "amount % 10 = 0 OR (amount IS NULL) = (note IS NULL)",
    name = "ck_signs"
))]
#[model(check("note NOT LIKE 'a%' AND coalesce(amount, -1) <> 5", name = "ck_like"))]
#[model(check(
    "CASE WHEN status = 'new' THEN amount ELSE 0 END < 5",
    name = "ck_case"
))]
struct Order {
    #[model(primary_key, identity)]
    id: i64,
    #[model(
        length = 20,
        default = "new",
        check = "status IN ('new', 'paid', 'it''s')"
    )]
    status: String,
    #[model(check = "amount BETWEEN 1 AND 100")]
    amount: i32,
    #[model(check = "note NOT IN ('', 'none')")]
    note: Option<String>,
    #[model(
        type = "NUMERIC(10, 2)",
        check("CAST(price AS DECIMAL(5, 1)) >= -1.5", name = "ck_price")
    )]
    price: f64,
    #[model(default = expr("CURRENT_TIMESTAMP"), type = "TIMESTAMP")]
    at: String,
    #[model(generated(
        "amount * 2 + CASE WHEN status IN ('new', 'paid') THEN 1 ELSE 0 END",
        stored
    ))]
    score: Option<i32>,
    #[model(generated("upper(status)", stored), length = 40)]
    loud: Option<String>,
}

#[derive(Model)]
#[model(table = "orders", managed = false)]
#[model(index("lower(status)", amount desc, name = "ix_low", predicate = "status IN ('new', 'paid') AND amount > 3"))]
#[model(
    index("(amount % 10)", name = "ix_mod"),
    index(note, name = "ix_not", predicate = "NOT (amount > 3 OR note IS NULL)")
)]
#[model(check("amount::bigint <> ALL (ARRAY[1, 2])", name = "ck_all"))]
#[model(check(
    "extract(year FROM at) > 2000 AND position('x' IN status) = 0",
    name = "ck_words"
))]
#[model(check(
    "status ~ '^[a-z]+$' AND status = lower(status)::varchar",
    name = "ck_regex"
))]
#[model(check(
    "at > now() - interval '1 day' * 3 AND at > now() - '2 days'::interval",
    name = "ck_interval"
))]
#[model(check(
    "id::text NOT LIKE '1%' AND 10::numeric / amount <> 3.3",
    name = "ck_casts"
))]
struct PostgresOrder {
    #[model(primary_key, identity)]
    id: i64,
    #[model(length = 20, default = "new", check = "status IN ('new', 'paid')")]
    status: String,
    #[model(default = expr("(1 + 2)::smallint"), check = "amount NOT IN (1, 2) AND NOT amount = 3")]
    amount: i16,
    #[model(check = "note IN ('a', 'b')")]
    note: Option<String>,
    #[model(default = expr("now()"), type = "TIMESTAMP WITH TIME ZONE")]
    at: String,
    #[model(default = expr("CAST('2020-01-01' AS date) + 1"), type = "DATE")]
    day: String,
    #[model(default = expr("ARRAY['a', 'b']::text[]"), type = "text[]")]
    tags: String,
    #[model(generated("amount::int * CAST(length(status) AS integer)", stored))]
    total: Option<i32>,
}

/// The same table, in which columns have other types.
#[derive(Model)]
#[model(table = "orders", managed = false)]
#[model(index("lower(status)", amount desc, name = "ix_low", predicate = "status IN ('new', 'paid') AND amount > 3"))]
#[model(check("status IN ('x', 'y')", name = "ck_new"))]
struct WiderOrder {
    #[model(primary_key, identity)]
    id: i64,
    #[model(default = "new", check = "status IN ('new', 'paid')")]
    status: String,
    #[model(check = "amount NOT IN (1, 2) AND NOT amount = 3")]
    amount: i64,
    #[model(length = 30, check = "note IN ('a', 'b')")]
    note: Option<String>,
    #[model(generated("amount::int * CAST(length(status) AS integer)", stored))]
    total: Option<i32>,
}

#[derive(Model)]
#[model(table = "orders", managed = false)]
#[model(check(
    "char_length(status) > 3 AND concat(status, 'x') <> 'yx'",
    name = "ck_call"
))]
#[model(check(r"status REGEXP '^[a-z\\d]+$' && note != ''", name = "ck_regex"))]
#[model(check(
    "ifnull(amount, 0) MOD 2 = 0 OR amount DIV 3 > 1 XOR amount > 7",
    name = "ck_words"
))]
#[model(check(
    "day > date '2020-01-01' AND day < day + interval 3 day",
    name = "ck_date"
))]
struct MariaOrder {
    #[model(primary_key, identity)]
    id: i64,
    #[model(length = 20, default = "new", check = "status IN ('new', 'paid')")]
    status: String,
    #[model(default = expr("(1 + 2)"), check = "amount NOT IN (1, 2) AND NOT amount = 3")]
    amount: i16,
    #[model(length = 20, default = expr("concat('a', 'b')"))]
    note: Option<String>,
    #[model(default = expr("now()"), type = "TIMESTAMP")]
    at: String,
    #[model(default = expr("CAST('2020-01-01' AS date)"), type = "DATE")]
    day: String,
    #[model(default = expr("uuid()"), length = 36)]
    key: String,
    #[model(generated("amount * CAST(char_length(status) AS signed)", stored))]
    total: Option<i32>,
    #[model(generated = "if(amount > 3, 'many', 'few')", length = 8)]
    word: Option<String>,
}

#[test]
fn expressions_are_generated_on_sqlite_in_the_models_own_text() {
    let text = on_sqlite().generate(&[Order::describe()]);
    assert!(
        text.contains("status IN ('new', 'paid', 'it''s')"),
        "{text}"
    );
}

#[test]
fn expressions_are_generated_on_postgres_in_the_models_own_text() {
    on_postgres(nothing, |fixture| {
        let text = fixture.generate(&[Order::describe()]);
        assert!(
            text.contains("status IN ('new', 'paid', 'it''s')"),
            "{text}"
        );
        assert!(!text.contains("ANY"), "{text}");
    });
}

#[test]
fn expressions_of_only_postgres_are_generated_once() {
    on_postgres(nothing, |fixture| {
        fixture.generate(&[PostgresOrder::describe()]);
        fixture.generate(&[WiderOrder::describe()]);
        fixture.generate(&[PostgresOrder::describe()]);
    });
}

#[test]
fn expressions_are_generated_on_mariadb_in_the_models_own_text() {
    on_mysql(nothing, |fixture| {
        let text = fixture.generate(&[Order::describe()]);
        assert!(
            text.contains("status in ('new', 'paid', 'it''s')"),
            "{text}"
        );
    });
}

#[test]
fn expressions_of_only_mariadb_are_generated_once() {
    on_mysql(nothing, |fixture| {
        fixture.generate(&[MariaOrder::describe()]);
    });
}

#[derive(Model)]
#[model(table = "members", managed = false)]
#[model(check("is_sound(name)", name = "ck_sound"))]
struct Member {
    #[model(primary_key, default = expr("nextval('numbers')"))]
    id: i64,
    #[model(type = "citext")]
    name: String,
    #[model(type = "positive")]
    age: i32,
    #[model(references("teams"("id")))]
    team: i64,
}

#[derive(Model)]
#[model(table = "members", managed = false)]
#[model(check("is_sound(name)", name = "ck_sound"))]
struct LaterMember {
    #[model(primary_key, default = expr("nextval('numbers')"))]
    id: i64,
    #[model(type = "citext", check = "name IN ('a', 'b')")]
    name: String,
    #[model(references("teams"("id")))]
    team: i64,
}

/// Everything that a model can name but not define, with a key that references it.
fn around(op: &mut Op<'_, Postgres>) -> Result<()> {
    op.execute(
        "CREATE EXTENSION citext;
         CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
         CREATE SEQUENCE numbers;
         CREATE FUNCTION is_sound(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 <> ''''';
         CREATE TYPE mood AS ENUM ('calm', 'busy');
         CREATE TABLE teams (id bigint PRIMARY KEY, mood mood);
         CREATE TABLE old (id bigint PRIMARY KEY, team bigint REFERENCES teams (id));
         ALTER TABLE teams ADD COLUMN old bigint REFERENCES old (id);
         CREATE VIEW many AS SELECT count(*) FROM teams, old;",
    )
}

/// The same, with what no operation can drop.
fn around_with_more(op: &mut Op<'_, Postgres>) -> Result<()> {
    around(op)?;
    op.execute(
        "CREATE TABLE members (id bigint);
         CREATE FUNCTION first(old) RETURNS bigint LANGUAGE sql AS 'SELECT $1.id'",
    )
}

#[test]
fn other_objects_of_revisions_exist_for_the_models_of_postgres() {
    on_postgres(around, |fixture| {
        fixture.generate(&[Member::describe()]);
        fixture.generate(&[LaterMember::describe()]);
    });
}

#[derive(Model)]
#[model(table = "orders", managed = false)]
struct Plain {
    #[model(primary_key)]
    id: i64,
    #[model(check = "name IN ('a', 'b')")]
    name: String,
}

#[test]
fn what_no_operation_drops_is_no_hindrance() {
    on_postgres(around_with_more, |fixture| {
        fixture.generate(&[Plain::describe()]);
    });
}

#[derive(Model)]
#[model(table = "members", managed = false)]
struct MariaMember {
    #[model(primary_key, default = expr("nextval(numbers)"))]
    id: i64,
    #[model(references("teams"("id")), check = "team IN (1, 2)")]
    team: i64,
}

fn around_mariadb(op: &mut Op<'_, Mysql>) -> Result<()> {
    op.execute(
        "CREATE SEQUENCE numbers;
         CREATE TABLE old (id bigint PRIMARY KEY);
         CREATE TABLE teams (id bigint PRIMARY KEY, old bigint REFERENCES old (id));
         ALTER TABLE old ADD COLUMN team bigint REFERENCES teams (id);
         CREATE VIEW many AS SELECT count(*) FROM teams;",
    )
}

#[test]
fn other_objects_of_revisions_exist_for_the_models_of_mariadb() {
    on_mysql(around_mariadb, |fixture| {
        fixture.generate(&[MariaMember::describe()]);
    });
}
