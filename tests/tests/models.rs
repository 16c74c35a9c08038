//! Models of real applications beside the schema that their revisions build, and models where nothing names them.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use migrate_engine::backend::{Backend, MigrationRun as _, UnitScope};
use migrate_engine::model::desired_schema;
use migrate_runtime::model::{ModelTable, registered};
use migrate_runtime::v1::{Mysql, MysqlClient, Op, Postgres, PostgresClient, Sqlite};
use migrate_runtime::{ColumnType, Error, Migrations, Model};
use migrate_schema::diff::{Options, compute, create};
use migrate_schema::operation::Operation;
use migrate_schema::schema::{Schema, Type};
use migrate_tests::{Project, servers};
use rusqlite::Connection;

const WAIT: Duration = Duration::from_secs(5);

const NONE: [&str; 0] = [];

fn models_of(name: &str) -> Vec<ModelTable> {
    let of = |model: &ModelTable| model.module.split("::").next() == Some(name);
    registered().into_iter().filter(of).collect()
}

/// Builds what revisions build, and returns it.
fn built<B: Backend>(migrations: &Migrations<B>, client: &mut B::Client) -> Schema {
    migrations.upgrade(client).unwrap();
    inspected::<B>(client)
}

/// Returns the tables of a database and what they need, without those of the tool.
fn inspected<B: Backend>(client: &mut B::Client) -> Schema {
    let schema = B::read(B::reader(client), WAIT, |op| {
        op.schema().map_err(|error| Error::Bug(error.to_string()))
    });
    let mut schema = schema.unwrap();
    schema
        .tables
        .retain(|table| !table.name.starts_with("migrate_"));
    schema.views.clear();
    schema
}

fn changes<B: Backend>(from: Schema, to: Schema) -> Vec<String> {
    let hints = migrate_schema::diff::Hints {
        drop_tables: from.tables.iter().map(|table| table.name.clone()).collect(),
        ..Default::default()
    };
    let (from, to) = (B::normalize(from), B::normalize(to));
    let difference = compute(&from, &to, &hints, &Options::of(B::RULES));
    let operations = difference.operations.iter();
    operations
        .map(migrate_schema::operation::Operation::title)
        .collect()
}

#[test]
fn the_models_of_the_budget_are_what_its_revisions_build() {
    let mut client = Connection::open_in_memory().unwrap();
    let from = built::<Sqlite>(budget::migrations::migrations(), &mut client);
    let models = models_of("budget");
    assert_eq!(models.len(), 10);
    let to = desired_schema(&models).unwrap().schema;
    assert_eq!(changes::<Sqlite>(from, to), NONE);
}

#[test]
fn the_models_of_the_bridge_are_what_its_revisions_build() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let from = built::<Postgres>(bridge::migrations::migrations(), &mut client);
    let to = desired_schema(&models_of("bridge")).unwrap().schema;
    assert_eq!(changes::<Postgres>(from, to), NONE);
}

/// A library whose module of models nothing uses, and a runner that names the library only.
#[test]
fn a_model_in_an_unused_module_is_found_in_a_release_build() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-runtime");
    let project = Project::new();
    project.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmigrate-runtime = {{ path = {runtime:?}, default-features = false }}\n\n\
             [lints.rust]\nunsafe_code = \"forbid\"\n\n\
             [profile.release]\nopt-level = 1\nlto = true\ncodegen-units = 1\nstrip = true\npanic = \"abort\"\n\n[workspace]\n"
        ),
    );
    project.write("src/lib.rs", "mod models;\n\npub fn start() {}\n");
    project.write("src/models.rs", "mod unused;\n");
    project.write(
        "src/models/unused.rs",
        "use migrate_runtime::Model;\n\n#[derive(Model)]\n#[model(table = \"users\")]\nstruct User {\n    \
         #[model(primary_key)]\n    id: i64,\n}\n",
    );
    project.write(
        "src/bin/runner.rs",
        "fn main() {\n    app::start();\n    for model in migrate_runtime::model::registered() {\n        \
         println!(\"{} at {}\", model.table.name, model.location.replace('\\\\', \"/\"));\n    }\n}\n",
    );
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    fs::copy(lock, project.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--release", "--quiet", "--offline"])
        .current_dir(project.path())
        .env("CARGO_TARGET_DIR", project.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let found = String::from_utf8_lossy(&output.stdout);
    assert_eq!(found, "users at src/models/unused.rs:3\n", "{stderr}");
}

#[derive(ColumnType, Clone, Copy)]
#[column_type(enum = "mood", rename_all = "UPPERCASE")]
enum Mood {
    Calm,
    Busy,
}

#[derive(Model)]
#[model(table = "people", managed = false, comment = "Who is there")]
#[model(unique(first, last), index("lower(last)", first desc, name = "ix_low", predicate = "age > 3"))]
#[model(check("age >= 0", name = "ck_age"))]
struct Person {
    #[model(primary_key, identity)]
    id: i64,
    #[model(length = 60)]
    first: String,
    last: String,
    #[model(default = 30)]
    age: i32,
    #[model(default = Mood::Calm)]
    mood: Mood,
    #[model(default = Mood::Busy)]
    other_mood: Option<Mood>,
    #[model(type = "NUMERIC(10, 2)", default = 1.5, comment = "in cents")]
    balance: f64,
    #[model(default = expr("CURRENT_TIMESTAMP"), type = "TIMESTAMP")]
    created: String,
    #[model(generated("lower(first)", stored))]
    low: Option<String>,
    picture: Option<Vec<u8>>,
    size: f32,
    weight: f64,
    small: i16,
    #[model(references(Person, on_delete = set_null, deferrable = deferred))]
    boss: Option<i64>,
}

#[derive(Model)]
#[model(table = "visits", primary_key(person, day), managed = false)]
#[model(foreign_key(first, last, references(Person(first, last), on_update = cascade)))]
struct Visit {
    #[model(references(Person, on_delete = cascade), index)]
    person: i64,
    #[model(type = "DATE")]
    day: String,
    #[model(length = 60)]
    first: String,
    last: String,
}

/// What MariaDB has a form for of the two above: no deferred keys, no index of an expression, no text key without a
/// length.
#[derive(Model)]
#[model(table = "plain_people", managed = false, comment = "Who is there")]
#[model(unique(first, last), index(first, last desc), check("age >= 0", name = "ck_age"))]
struct PlainPerson {
    #[model(primary_key, identity)]
    id: i64,
    #[model(length = 60)]
    first: String,
    #[model(length = 60)]
    last: String,
    #[model(default = 30)]
    age: i32,
    #[model(default = Mood::Calm)]
    mood: Mood,
    #[model(default = Mood::Busy)]
    other_mood: Option<Mood>,
    #[model(type = "NUMERIC(10, 2)", default = 1.5, comment = "in cents")]
    balance: f64,
    #[model(default = expr("CURRENT_TIMESTAMP"), type = "TIMESTAMP")]
    created: String,
    #[model(generated("lower(first)", stored))]
    low: Option<String>,
    picture: Option<Vec<u8>>,
    size: f32,
    weight: f64,
    small: i16,
    sure: bool,
    note: String,
    #[model(references(PlainPerson, on_delete = set_null))]
    boss: Option<i64>,
}

/// The models of the bridge with a length for each text, without which MariaDB takes no `VARCHAR`.
fn bridge_with_lengths() -> Vec<ModelTable> {
    let mut models = models_of("bridge");
    let columns = models.iter_mut().flat_map(|model| &mut model.table.columns);
    for column in columns.filter(|column| column.data_type == Type::custom("VARCHAR")) {
        column.data_type = Type::custom("VARCHAR(120)");
    }
    models
}

/// Runs operations as a revision does.
fn run<B: Backend>(client: &mut B::Client, operations: Vec<Operation>) {
    let mut run = B::begin_run(client, WAIT, "").unwrap();
    run.begin().unwrap();
    let each = |op: &mut Op<'_, B>| operations.into_iter().try_for_each(|each| op.run(each));
    run.unit(UnitScope::Transaction, each).unwrap();
    run.commit().unwrap();
}

/// Creates the schema of models in an empty database and returns it; then nothing is left to do.
fn there_and_back<B: Backend>(client: &mut B::Client, models: &[ModelTable]) -> Schema {
    let to = B::normalize(desired_schema(models).unwrap().schema);
    run::<B>(client, create(&to, &Options::of(B::RULES)));
    let found = inspected::<B>(client);
    assert_eq!(found.tables.len(), models.len());
    assert_eq!(changes::<B>(found.clone(), to.clone()), NONE);
    assert_eq!(changes::<B>(to, found.clone()), NONE);
    found
}

fn example_models() -> [ModelTable; 2] {
    [Person::describe(), Visit::describe()]
}

fn on_sqlite(models: &[ModelTable]) -> (Connection, Schema) {
    let mut client = Connection::open_in_memory().unwrap();
    let found = there_and_back::<Sqlite>(&mut client, models);
    (client, found)
}

fn on_postgres(server: &servers::Server, models: &[ModelTable]) -> Schema {
    let database = server.database();
    let mut client = PostgresClient::connect(&database.url).unwrap();
    there_and_back::<Postgres>(&mut client, models)
}

fn on_mysql(server: &servers::MysqlServer, models: &[ModelTable]) -> Schema {
    let database = server.database();
    let mut client = MysqlClient::connect(&database.url).unwrap();
    there_and_back::<Mysql>(&mut client, models)
}

#[test]
fn sqlite_has_what_models_request() {
    let (client, _) = on_sqlite(&example_models());
    let numbers = client.query_row(
        "INSERT INTO people (first, last, size, weight, small) VALUES ('A', 'B', 1, 1, 1) RETURNING id, mood",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
    );
    assert_eq!(numbers.unwrap(), (1, "CALM".to_owned()));
    on_sqlite(&models_of("bridge"));
}

#[test]
fn a_scratch_database_has_what_models_request_in_another_databases_types() {
    let desired = desired_schema(&example_models()).unwrap().schema;
    let built = migrate_tools::scratch::build::<Sqlite>(&desired).unwrap();
    assert_eq!(changes::<Sqlite>(built, desired), NONE);
}

#[test]
fn the_schema_of_the_models_of_the_budget_is_what_its_revisions_build() {
    let (_, built_schema) = on_sqlite(&models_of("budget"));
    let mut client = Connection::open_in_memory().unwrap();
    let from = built::<Sqlite>(budget::migrations::migrations(), &mut client);
    assert_eq!(changes::<Sqlite>(from, built_schema), NONE);
}

#[test]
fn postgres_has_what_models_request() {
    let Some(server) = servers::postgres() else {
        return;
    };
    on_postgres(server, &example_models());
    on_postgres(server, &models_of("budget"));
}

#[test]
fn the_schema_of_the_models_of_the_bridge_is_what_its_revisions_build() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let built_schema = on_postgres(server, &models_of("bridge"));
    let database = server.database();
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let from = built::<Postgres>(bridge::migrations::migrations(), &mut client);
    assert_eq!(changes::<Postgres>(from, built_schema), NONE);
}

#[test]
fn mariadb_has_what_models_request() {
    let Some(server) = servers::mysql() else {
        return;
    };
    on_mysql(server, &models_of("budget"));
    on_mysql(server, &bridge_with_lengths());
    on_mysql(server, &[PlainPerson::describe()]);
}
