//! Models of real applications beside the schema that their revisions build, and models where nothing names them.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use migrate_runtime::backend::Backend;
use migrate_runtime::diff::{Options, diff};
use migrate_runtime::model::{ModelTable, registered, wanted};
use migrate_runtime::schema::Schema;
use migrate_runtime::v1::{Postgres, PostgresClient, Sqlite};
use migrate_runtime::{ColumnType, Error, Migrations, Model};
use migrate_tests::{Project, servers};

fn models_of(name: &str) -> Vec<ModelTable> {
    let of = |model: &ModelTable| model.module.split("::").next() == Some(name);
    registered().into_iter().filter(of).collect()
}

/// Builds what revisions build, and returns it without the tables of the tool.
fn built<B: Backend>(migrations: &Migrations<B>, client: &mut B::Client) -> Schema {
    migrations.upgrade(client).unwrap();
    let schema = B::read(B::reader(client), Duration::from_secs(5), |op| {
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
    let hints = migrate_runtime::diff::Hints {
        drop_tables: from.tables.iter().map(|table| table.name.clone()).collect(),
        ..Default::default()
    };
    let (from, to) = (B::normalise(from), B::normalise(to));
    let difference = diff(&from, &to, &hints, &Options::of::<B>());
    let operations = difference.operations.iter();
    operations
        .map(migrate_runtime::op::Operation::title)
        .collect()
}

#[test]
fn the_models_of_the_budget_are_what_its_revisions_build() {
    let mut client = rusqlite::Connection::open_in_memory().unwrap();
    let from = built::<Sqlite>(budget::migrations::migrations(), &mut client);
    let models = models_of("budget");
    assert_eq!(models.len(), 10);
    let to = wanted(&models).unwrap().schema;
    assert_eq!(changes::<Sqlite>(from, to), [] as [&str; 0]);
}

#[test]
fn the_models_of_the_bridge_are_what_its_revisions_build() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let mut client = PostgresClient::connect(&database.url).unwrap();
    let from = built::<Postgres>(bridge::migrations::migrations(), &mut client);
    let to = wanted(&models_of("bridge")).unwrap().schema;
    assert_eq!(changes::<Postgres>(from, to), [] as [&str; 0]);
}

/// A library whose module of models nothing uses, and a runner that names the library only.
#[test]
fn a_model_in_an_unused_module_is_seen_in_an_optimised_program() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-runtime");
    let project = Project::new();
    project.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmigrate-runtime = {{ path = {runtime:?}, default-features = false }}\n\n\
             [lints.rust]\nunsafe_code = \"forbid\"\n\n\
             [profile.release]\nlto = true\ncodegen-units = 1\nstrip = true\npanic = \"abort\"\n\n[workspace]\n"
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
         println!(\"{} at {}\", model.table.name, model.place.replace('\\\\', \"/\"));\n    }\n}\n",
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
    let told = String::from_utf8_lossy(&output.stderr);
    let found = String::from_utf8_lossy(&output.stdout);
    assert_eq!(found, "users at src/models/unused.rs:3\n", "{told}");
}

#[derive(ColumnType, Clone, Copy)]
#[column_type(enum = "mood", rename_all = "UPPERCASE")]
enum Mood {
    Calm,
    Busy,
}

#[derive(Model)]
#[model(table = "people", managed = false, comment = "Who is there")]
#[model(unique(first, last), index("lower(last)", first desc, name = "ix_low", where = "age > 3"))]
#[model(check("age >= 0", name = "ck_age"))]
#[allow(dead_code, reason = "only described")]
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
#[allow(dead_code, reason = "only described")]
struct Visit {
    #[model(references(Person, on_delete = cascade), index)]
    person: i64,
    #[model(type = "DATE")]
    day: String,
    #[model(length = 60)]
    first: String,
    last: String,
}

/// Makes what models ask for by one statement after the other; what is there then is what they ask for.
fn there_and_back<B: Backend>(client: &mut B::Client, mut run: impl FnMut(&mut B::Client, &str)) {
    let models = [Person::describe(), Visit::describe()];
    let to = B::normalise(wanted(&models).unwrap().schema);
    let hints = migrate_runtime::diff::Hints::default();
    let difference = diff(&Schema::default(), &to, &hints, &Options::of::<B>());
    for operation in &difference.operations {
        for statement in migrate_runtime::ddl::statements(B::dialect(), operation) {
            run(client, &statement);
        }
    }
    let found = B::read(B::reader(client), Duration::from_secs(5), |op| {
        op.schema().map_err(|error| Error::Bug(error.to_string()))
    });
    assert_eq!(changes::<B>(found.unwrap(), to), [] as [&str; 0]);
}

#[test]
fn sqlite_has_what_models_ask_for() {
    let mut client = rusqlite::Connection::open_in_memory().unwrap();
    there_and_back::<Sqlite>(&mut client, |client, sql| {
        client
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
    });
    let numbers = client.query_row(
        "INSERT INTO people (first, last, size, weight, small) VALUES ('A', 'B', 1, 1, 1) RETURNING id, mood",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
    );
    assert_eq!(numbers.unwrap(), (1, "CALM".to_owned()));
}

#[test]
fn postgres_has_what_models_ask_for() {
    let Some(server) = servers::postgres() else {
        return;
    };
    let database = server.database();
    let mut client = PostgresClient::connect(&database.url).unwrap();
    there_and_back::<Postgres>(&mut client, |client, sql| {
        client
            .client()
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    });
}
