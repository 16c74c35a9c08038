//! Models of real applications beside the schema that their revisions build, and models where nothing names them.

#![allow(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::time::Duration;

use migrate_runtime::backend::Backend;
use migrate_runtime::diff::{Options, diff};
use migrate_runtime::model::{ModelTable, registered, wanted};
use migrate_runtime::schema::Schema;
use migrate_runtime::v1::{Postgres, PostgresClient, Sqlite};
use migrate_runtime::{Error, Migrations};
use migrate_tests::servers;

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
