//! Runs a range in both versions, each on a scratch database: the revisions, and the one that replaces them.

use std::ffi::OsStr;

use migrate_graph::RevisionId;

use crate::describe::{self, SchemaLabels};
use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::macro_support::Header;
use migrate_engine::migrations::Migrations;
use migrate_schema::schema::Schema;

use super::on_scratch;

/// Returns the differences between a revision and those it replaces, one line each; empty if both have the same result.
///
/// Compares the final schemas. Also compares the schema before the range with the schema after a downgrade, both on a
/// database that applied the one revision and on a database that applied the replaced ones.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available, [`Error::OnScratchDatabase`] if a revision fails
/// on it.
pub fn check_equivalence<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    by: &RevisionId,
) -> Result<Vec<String>, Error> {
    let header = migrations.known(by.as_str())?.header;
    let mut long = ScratchDatabase::new(migrations, scratch_server)?;
    let mut short = ScratchDatabase::new(migrations, scratch_server)?;
    let begin = [
        upgrade_to_start(migrations, &mut long, &header)?,
        upgrade_to_start(migrations, &mut short, &header)?,
    ];
    for member in header.replaces {
        long.upgrade(migrations, member)?;
    }
    short.upgrade(migrations, header.id)?;
    let extent = migrations.extent().without_history();
    let [theirs, its] = [long.inspect(extent)?, short.inspect(extent)?];
    let end = SchemaLabels {
        from: "the revisions",
        to: "the one revision",
    };
    let mut problems = describe::describe_schemas::<B>(&theirs, &its, end);
    problems.extend(check_counts_as_applied(migrations, &mut long, by)?);
    let ways = [
        (&mut long, "downgraded from the revisions"),
        (&mut short, "downgraded"),
    ];
    for ((scratch, taken_back), before) in ways.into_iter().zip(begin) {
        if let Some(after) = downgrade(migrations, scratch, by)? {
            let labels = SchemaLabels {
                from: "the schema before",
                to: taken_back,
            };
            problems.extend(describe::describe_schemas::<B>(&before, &after, labels));
        }
    }
    Ok(problems)
}

/// Upgrades a database to the start of the range, and returns its schema.
fn upgrade_to_start<B: Backend>(
    migrations: &Migrations<B>,
    scratch: &mut ScratchDatabase<B>,
    header: &Header,
) -> Result<Schema, Error> {
    for needed in header.down_revisions.iter().chain(header.depends_on) {
        scratch.upgrade(migrations, needed)?;
    }
    scratch.inspect(migrations.extent().without_history())
}

/// Returns a problem if a database with the whole range does not count as having the one revision.
fn check_counts_as_applied<B: Backend>(
    migrations: &Migrations<B>,
    long: &mut ScratchDatabase<B>,
    by: &RevisionId,
) -> Result<Option<String>, Error> {
    let options = RunOptions::default();
    let executor = Executor::new(migrations, &options);
    let known = executor.known_of(&executor.look(B::reader(long.client()))?)?;
    let has_it = known.applied.contains(&known.graph, by.as_str());
    Ok((!has_it).then(|| format!("a database that has all of the revisions does not have `{by}`")))
}

/// Downgrades the one revision, and returns the resulting schema; `None` if it is irreversible.
fn downgrade<B: Backend>(
    migrations: &Migrations<B>,
    scratch: &mut ScratchDatabase<B>,
    by: &RevisionId,
) -> Result<Option<Schema>, Error> {
    let taken_back = on_scratch(migrations, scratch, |executor, client| {
        executor.take_back(client, by, &mut ())
    });
    match taken_back {
        Ok(()) => scratch
            .inspect(migrations.extent().without_history())
            .map(Some),
        Err(Error::OnScratchDatabase(error)) if matches!(*error, Error::Irreversible { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
