//! Tests that an application gets for free; `migrations!` writes them.
//!
//! Each panics with a message that names the revision, so that a failing test says what to look at.

use migrate_graph::{Applied, RevisionId};

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::{Executor, Settings, Transaction};
use crate::migrations::Migrations;
use crate::schema::Schema;
use crate::shadow;

/// Checks that the revisions end in one head.
///
/// # Panics
///
/// If there are several, with their ids and the way to join them.
pub fn assert_one_head<B: Backend>(migrations: &Migrations<B>) {
    let graph = migrations.graph().unwrap_or_else(|error| panic!("{error}"));
    let heads: Vec<&str> = graph.heads().map(|revision| revision.id.as_str()).collect();
    assert!(
        heads.len() <= 1,
        "the revisions have {} heads: {}; join them with `cargo migrate merge {}`",
        heads.len(),
        heads.join(", "),
        heads.join(" ")
    );
}

/// Runs each revision up, down and up again on an empty database of its own, and checks that `down` brings back the
/// schema before it and that the second `up` makes what the first one made.
///
/// A `down` that says [`irreversible`](crate::v1::Op::irreversible) is left out. Every branch is walked: revisions come
/// in the graph's order. Where the database needs a server and none is named, the reason is printed and nothing is tried.
///
/// # Panics
///
/// At the first revision that fails or leaves another schema, with the differences.
pub fn assert_up_down_up<B: Backend>(migrations: &Migrations<B>) {
    let result = match B::scratch(None) {
        Err(missing @ Error::NoScratch { .. }) => return skip(&missing),
        Err(error) => Err(tell(&error)),
        Ok(mut client) => up_down_up(migrations, &mut client),
    };
    if let Err(problem) = result {
        panic!("{problem}");
    }
}

fn skip(missing: &Error) {
    eprintln!("skipped: {}", tell(missing));
}

fn up_down_up<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
) -> Result<(), String> {
    let told = |error: Error| tell(&error);
    let graph = migrations.graph().map_err(told)?;
    let mut before = schema(migrations, client)?;
    let ids: Vec<RevisionId> = graph.iter().map(|revision| revision.id.clone()).collect();
    for id in &ids {
        up(migrations, client, id)?;
        let after = schema(migrations, client)?;
        match down(migrations, client, id) {
            Err(Error::Irreversible { .. }) => {}
            Err(error) => return Err(told(error)),
            Ok(()) => {
                let back = schema(migrations, client)?;
                same(
                    &before,
                    &back,
                    &format!("`down` of revision `{id}` does not bring back the schema before it"),
                )?;
                up(migrations, client, id)?;
                let again = schema(migrations, client)?;
                same(
                    &after,
                    &again,
                    &format!(
                        "the second `up` of revision `{id}` makes another schema than the first"
                    ),
                )?;
            }
        }
        before = after;
    }
    Ok(())
}

fn up<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    id: &RevisionId,
) -> Result<(), String> {
    let done = migrations.upgrade_to(client, id.as_str());
    done.map(|_| ()).map_err(|error| tell(&error))
}

/// Takes back exactly one revision: a target can't always name what is below it.
fn down<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    id: &RevisionId,
) -> Result<(), Error> {
    let settings = Settings::default()
        .allow_data_loss()
        .transaction(Transaction::Shared);
    let executor = Executor::new(migrations, &settings);
    let state = executor.look(B::reader(client))?;
    let graph = migrations.graph()?;
    let rest = state
        .rows
        .iter()
        .map(|row| &row.revision)
        .filter(|row| row.as_str() != id.as_str());
    let applied: Vec<&String> = rest.collect();
    Applied::in_order(graph, &applied)?.check_closed(graph)?;
    executor.take_back(client, id)
}

fn schema<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
) -> Result<Schema, String> {
    shadow::inspect::<B>(B::reader(client), migrations.options.version_table)
        .map_err(|error| tell(&error))
}

fn same(expected: &Schema, found: &Schema, problem: &str) -> Result<(), String> {
    let differences = expected.differences(found);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(format!("{problem}:\n  {}", differences.join("\n  ")))
    }
}

fn tell(error: &Error) -> String {
    let mut text = error.to_string();
    for line in error.why().iter().chain(error.help().iter()) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}
