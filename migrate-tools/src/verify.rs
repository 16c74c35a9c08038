//! Runs each revision up, down and up again, on a scratch database.
//!
//! Checks for each revision whether `down` restores the schema and the rows, and whether a second `up` has the same
//! result as the first one. On an empty database, the tables get synthetic rows before each revision, so that a NOT
//! NULL column, a unique constraint or a cast meets existing values. A copy of a real database has its own rows, and
//! starts at its own heads.

mod allowed;
mod harness;
mod pattern;
mod row_digest;
mod row_sample;
mod rows;
mod sample_values;
mod schemas;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ffi::OsString;

use migrate_graph::{Links, RevisionGraph, RevisionId, Target};

use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{RunOptions, TransactionMode};
use migrate_engine::migrations::Migrations;

use allowed::Allowed;
use harness::Harness;
use source::DatabaseSource;

/// The default number of rows in each table.
const ROWS: u32 = 3;

/// The options of `verify`: the revisions, the database and the number of rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// The first revision to verify; earlier ones only run up. A copy that has it is downgraded first.
    pub from: Option<RevisionId>,
    /// The last revision to verify.
    pub to: Option<RevisionId>,
    /// The minimum number of rows in each table; 0 adds none. By default, three on an empty database and 0 on a copy of
    /// a real one.
    pub rows: Option<u32>,
    /// The database to copy, instead of an empty one. It is only read.
    pub copy_of: Option<OsString>,
    /// A database whose server is also used for scratch databases, if `MIGRATE_SCRATCH_URL` names none.
    pub scratch_server: Option<OsString>,
    allowed: Allowed,
}

impl VerifyOptions {
    /// Returns the options for all revisions on an empty database, with three rows in each table.
    #[must_use]
    pub fn new() -> VerifyOptions {
        VerifyOptions {
            from: None,
            to: None,
            rows: None,
            copy_of: None,
            scratch_server: None,
            allowed: Allowed::default(),
        }
    }

    /// Sets the minimum number of rows in each table.
    #[must_use]
    pub fn rows(mut self, rows: u32) -> VerifyOptions {
        self.rows = Some(rows);
        self
    }

    /// Uses a copy of the database that `url` names, starting at its heads.
    #[must_use]
    pub fn copy_of(mut self, url: impl Into<OsString>) -> VerifyOptions {
        self.copy_of = Some(url.into());
        self
    }

    /// Sets a database whose server is also used for scratch databases.
    #[must_use]
    pub fn scratch_server(mut self, url: Option<OsString>) -> VerifyOptions {
        self.scratch_server = url;
        self
    }

    /// Allows a revision to change values, as `// verify: allow(values): REASON` in its file does: the change is
    /// reported as a known loss, and is not a failure. Only `values` can be allowed, and only with a reason.
    #[must_use]
    pub fn allow(
        mut self,
        revision: impl Into<String>,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) -> VerifyOptions {
        self.allowed
            .add(revision.into(), name.into(), reason.into());
        self
    }

    /// Allows the changes in `MIGRATE_VERIFY`: one line `REVISION:values=REASON` for each, as `cargo migrate` collects
    /// them from the comments of the revision files.
    #[must_use]
    pub fn allow_lines(mut self, lines: &str) -> VerifyOptions {
        self.allowed.read(lines);
        self
    }

    /// Returns the end of a replaced range, if an option names a revision inside it: then the revisions of the range
    /// are run.
    fn inside(&self, graph: &RevisionGraph) -> Result<Option<Target>, Error> {
        let mut ends = self.from.iter().chain(&self.to);
        let inside = ends.find(|id| graph.get(id.as_str()).is_none());
        Ok(inside.map(|id| Target::parse(id.as_str())).transpose()?)
    }

    /// Rejects an empty range.
    fn check(&self, graph: &RevisionGraph) -> Result<(), Error> {
        match (&self.from, &self.to) {
            (Some(from), Some(to))
                if !graph
                    .ancestors([to], Links::All)
                    .iter()
                    .any(|one| one.id == *from) =>
            {
                Err(Error::EmptyRange {
                    from: from.to_string(),
                    to: to.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    fn row_count(&self) -> u32 {
        self.rows
            .unwrap_or(if self.copy_of.is_some() { 0 } else { ROWS })
    }

    /// Sets the first revision to verify.
    #[must_use]
    pub fn from(mut self, revision: Option<RevisionId>) -> VerifyOptions {
        self.from = revision;
        self
    }

    /// Sets the last revision to verify.
    #[must_use]
    pub fn to(mut self, revision: Option<RevisionId>) -> VerifyOptions {
        self.to = revision;
        self
    }
}

impl Default for VerifyOptions {
    fn default() -> VerifyOptions {
        VerifyOptions::new()
    }
}

/// The result for one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevisionResult {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// Its description, in one line.
    pub message: String,
    /// The result of the round trip.
    pub round_trip: RoundTrip,
    /// Notes that are not failures: values that a dropped column deletes, tables without synthetic rows.
    pub notes: Vec<String>,
    /// Comments in its file that allow nothing or are not needed.
    pub warnings: Vec<String>,
    /// The tables that had no rows, because none could be created; the notes give the reasons.
    pub empty_tables: Vec<String>,
}

/// The outcome for one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoundTrip {
    /// `down` restores the previous state, and the second `up` has the same result.
    Passed,
    /// Its `down` is irreversible.
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// Values or rows are not restored, and its file allows this.
    KnownLoss {
        /// The author's reason.
        reason: String,
        /// The losses, one line each.
        losses: Vec<String>,
    },
    /// It has findings.
    Failed {
        /// One line each.
        findings: Vec<String>,
    },
}

impl RoundTrip {
    /// Returns the name that `--json` prints.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            RoundTrip::Passed => "passed",
            RoundTrip::Irreversible { .. } => "irreversible",
            RoundTrip::KnownLoss { .. } => "known_loss",
            RoundTrip::Failed { .. } => "failed",
        }
    }
}

/// The start of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartState {
    /// The database that was copied, in a form that can be shown; `None` for an empty one.
    pub copy_of: Option<String>,
    /// The revisions that were downgraded on the copy first, in this order.
    pub downgraded: Vec<String>,
}

/// Runs each revision up, down and up again on a scratch database, and returns the results.
///
/// # Errors
///
/// As [`verify_with`].
pub fn verify<B: Backend>(
    migrations: &Migrations<B>,
    verify_options: &VerifyOptions,
) -> Result<Vec<RevisionResult>, Error> {
    let mut all = Vec::new();
    let options = RunOptions::default();
    verify_with(migrations, verify_options, &options, &mut |one| {
        all.push(one);
    })?;
    Ok(all)
}

/// Verifies revisions with custom options, and passes each result to `each` as soon as it is known.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available; [`Error::Backup`] if the database can't be copied;
/// [`Error::OnDatabaseCopy`] if its copy can't be used: it has unknown revisions, is newer, or has tables but no
/// history. A revision that fails is not an error but an outcome.
pub fn verify_with<B: Backend>(
    migrations: &Migrations<B>,
    verify_options: &VerifyOptions,
    options: &RunOptions,
    each: &mut dyn FnMut(RevisionResult),
) -> Result<StartState, Error> {
    let inside = verify_options.inside(migrations.graph()?)?;
    verify_options.check(&*migrations.graph_towards(inside.as_ref())?)?;
    let source = DatabaseSource::find(migrations, verify_options, options.wait)?;
    // The database is temporary, so any loss is allowed.
    let options = options
        .clone()
        .allow_data_loss()
        .transaction(TransactionMode::Auto);
    let tried = Harness::new(
        migrations,
        verify_options,
        &options,
        &source,
        inside.as_ref(),
    )
    .and_then(|harness| verify_all(harness, verify_options, each));
    tried.map_err(|error| source.place(error))
}

/// Verifies the revisions that `verify_options` selects, in the graph's order.
fn verify_all<B: Backend>(
    mut harness: Harness<'_, B>,
    verify_options: &VerifyOptions,
    each: &mut dyn FnMut(RevisionResult),
) -> Result<StartState, Error> {
    let graph = harness.graph.clone();
    let named = |id: &Option<RevisionId>| {
        let id = id.as_ref().map(|id| graph.resolve_name(id.as_str()));
        id.transpose()
    };
    let (from, to) = (named(&verify_options.from)?, named(&verify_options.to)?);
    let (until, before) = (needed(&graph, to), needed(&graph, from));
    if let Some(from) = from {
        harness.go_below(from)?;
    }
    for revision in graph.iter() {
        let id = &revision.id;
        if until.as_ref().is_some_and(|until| !until.contains(id)) || harness.has(id) {
            continue;
        }
        let only_runs = before.as_ref().is_some_and(|before| before.contains(id));
        if only_runs && from != Some(id) {
            harness.pass(id)?;
        } else {
            each(harness.verify(id)?);
        }
        if harness.blocked {
            break;
        }
    }
    Ok(harness.into_start_state())
}

/// Returns a revision and all that it needs.
fn needed<'g>(
    graph: &'g RevisionGraph,
    end: Option<&'g RevisionId>,
) -> Option<HashSet<&'g RevisionId>> {
    let needed = graph.ancestors([end?], Links::All);
    Some(needed.into_iter().map(|revision| &revision.id).collect())
}
