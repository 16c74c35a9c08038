//! Starts to track a database that has tables but no history, without running anything.
//!
//! Takes the revisions, and a database that another tool or no tool managed. Writes the rows of the version table, but
//! only after a replay on a scratch database has shown that the revisions build the existing schema.

mod history;
#[cfg(feature = "cli")]
mod initial_revision;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::{RevisionId, Target};

use crate::describe::{self, SchemaLabels};
use crate::scratch::{self, ScratchDatabase};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::migrations::{Migrations, known_state_at};
use migrate_schema::schema::Schema;

pub use history::{History, Tool, VersionMatching};
pub(crate) use history::{histories, ours};
#[cfg(feature = "cli")]
pub use initial_revision::{InitialRevision, generate_initial_revision};
pub use migrate_engine::error::BaselineError;

/// The names of the two sides of the comparison.
const SIDES: SchemaLabels<'static> = SchemaLabels {
    from: "the revisions",
    to: "the database",
};

/// The options of a baseline.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BaselineOptions {
    /// The revisions that the database is at; by default those of the other tool's history, or all heads.
    pub targets: Vec<Target>,
    /// How to match another tool's history.
    pub matching: VersionMatching,
    /// Whether a difference is an error.
    pub on_difference: OnDifference,
}

/// Whether the schema must match the revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDifference {
    /// It must match.
    #[default]
    Reject,
    /// Differences are reported and accepted.
    Warn,
}

/// The result of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// The other tool whose history was imported.
    pub tool: Option<Tool>,
    /// The newly recorded revisions.
    pub added: Vec<String>,
    /// The heads of the recorded revisions.
    pub heads: Vec<String>,
    /// The differences between the revisions and the database.
    pub differences: Vec<String>,
}

/// Records the revisions of an existing database.
///
/// # Errors
///
/// [`Error::Baseline`] if the database has a history, if another tool's history does not match the revisions, or if the
/// schema does not match them; [`Error::ScratchUnavailable`] if no scratch database is available for the comparison.
pub fn adopt<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    options: &RunOptions,
    scratch_server: Option<&OsStr>,
    plan: &BaselineOptions,
) -> Result<Baseline, Error> {
    let executor = Executor::new(migrations, options);
    without_history(&executor, client)?;
    let history = history::find::<B>(B::reader(client), options.wait)?;
    let targets = targets(migrations, history.as_ref(), plan)?;
    let live = scratch::inspect::<B>(
        B::reader(client),
        scratch::extent(migrations, scratch_server)?,
    )?;
    let built = build(migrations, scratch_server, &targets)?;
    let differences = describe::describe_schemas::<B>(&built, &live, SIDES);
    if plan.on_difference == OnDifference::Reject && !differences.is_empty() {
        return Err(BaselineError::Differs { differences }.into());
    }
    let stamped = executor.stamp(client, &targets, false)?;
    Ok(Baseline {
        tool: history.map(|history| history.tool),
        added: stamped.added,
        heads: stamped.heads,
        differences,
    })
}

/// Returns the revisions that the database is at.
fn targets<B: Backend>(
    migrations: &Migrations<B>,
    history: Option<&History>,
    plan: &BaselineOptions,
) -> Result<Vec<Target>, Error> {
    let named = |ids: Vec<RevisionId>| -> Result<Vec<Target>, Error> {
        let parsed = ids.iter().map(|id| Target::parse(id.as_str()));
        Ok(parsed.collect::<Result<_, _>>()?)
    };
    match (history, plan.targets.is_empty()) {
        (_, false) => Ok(plan.targets.clone()),
        (Some(history), true) => {
            let files: Vec<_> = migrations
                .iter()
                .map(|revision| (revision.header.id, revision.header.file))
                .collect();
            named(history.match_revisions(migrations.graph()?, &files, plan.matching)?)
        }
        (None, true) => Ok(vec![Target::parse("heads")?]),
    }
}

/// Returns the schema that the revisions up to `targets` build.
fn build<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    targets: &[Target],
) -> Result<Schema, Error> {
    let mut scratch = ScratchDatabase::<B>::at(
        migrations,
        scratch_server,
        &known_state_at(migrations, targets)?,
    )?;
    scratch.inspect(migrations.extent())
}

/// Rejects a database that has a history.
fn without_history<B: Backend>(
    executor: &Executor<'_, B>,
    client: &mut B::Client,
) -> Result<(), Error> {
    let state = executor.look(B::reader(client))?;
    if state.rows.is_empty() {
        return Ok(());
    }
    Err(BaselineError::HasHistory {
        table: executor.migrations.options().version_table.to_owned(),
        revisions: state.rows.len(),
    }
    .into())
}
