//! Runs each revision up, down and up again, on a scratch database.
//!
//! Checks for each revision whether `down` restores the schema and the rows, and whether a second `up` has the same
//! result as the first one. On an empty database, the tables get synthetic rows before each revision, so that a NOT
//! NULL column, a unique constraint or a cast meets existing values. A copy of a real database has its own rows, and
//! starts at its own heads.

mod allowed;
mod bench;
mod digest;
mod ground;
mod made;
mod pattern;
mod remembered;
mod rows;
mod schemas;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ffi::OsString;

use migrate_graph::{Links, RevisionGraph, RevisionId, Target};

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::{Settings, Transaction};
use crate::migrations::Migrations;

use allowed::Allowed;
use bench::Bench;
use ground::Ground;

/// The default number of rows in each table.
const ROWS: u32 = 3;

/// The options of `verify`: the revisions, the database and the number of rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trial {
    /// The first revision to verify; earlier ones only run up. A copy that has it is downgraded first.
    pub from: Option<RevisionId>,
    /// The last revision to verify.
    pub to: Option<RevisionId>,
    /// The minimum number of rows in each table; 0 adds none. By default, three on an empty database and 0 on a copy of
    /// a real one.
    pub rows: Option<u32>,
    /// The database to copy, instead of an empty one. It is only read.
    pub sample: Option<OsString>,
    /// A database whose server is also used for scratch databases, if `MIGRATE_SCRATCH_URL` names none.
    pub near: Option<OsString>,
    allowed: Allowed,
}

impl Trial {
    /// Returns the options for all revisions on an empty database, with three rows in each table.
    #[must_use]
    pub fn new() -> Trial {
        Trial {
            from: None,
            to: None,
            rows: None,
            sample: None,
            near: None,
            allowed: Allowed::default(),
        }
    }

    /// Sets the minimum number of rows in each table.
    #[must_use]
    pub fn rows(mut self, rows: u32) -> Trial {
        self.rows = Some(rows);
        self
    }

    /// Uses a copy of the database that `url` names, starting at its heads.
    #[must_use]
    pub fn sample(mut self, url: impl Into<OsString>) -> Trial {
        self.sample = Some(url.into());
        self
    }

    /// Sets a database whose server is also used for scratch databases.
    #[must_use]
    pub fn near(mut self, url: Option<OsString>) -> Trial {
        self.near = url;
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
    ) -> Trial {
        self.allowed
            .add(revision.into(), name.into(), reason.into());
        self
    }

    /// Allows the changes in `MIGRATE_VERIFY`: one line `REVISION:values=REASON` for each, as `cargo migrate` collects
    /// them from the comments of the revision files.
    #[must_use]
    pub fn allow_lines(mut self, lines: &str) -> Trial {
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

    fn wanted_rows(&self) -> u32 {
        self.rows
            .unwrap_or(if self.sample.is_some() { 0 } else { ROWS })
    }

    /// Sets the first revision to verify.
    #[must_use]
    pub fn from(mut self, revision: Option<RevisionId>) -> Trial {
        self.from = revision;
        self
    }

    /// Sets the last revision to verify.
    #[must_use]
    pub fn to(mut self, revision: Option<RevisionId>) -> Trial {
        self.to = revision;
        self
    }
}

impl Default for Trial {
    fn default() -> Trial {
        Trial::new()
    }
}

/// The result for one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// Its description, in one line.
    pub message: String,
    /// The outcome.
    pub outcome: Outcome,
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
pub enum Outcome {
    /// `down` restores the previous state, and the second `up` has the same result.
    Restores,
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
    Fails {
        /// One line each.
        findings: Vec<String>,
    },
}

impl Outcome {
    /// Returns the name that `--json` prints.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Restores => "passed",
            Outcome::Irreversible { .. } => "irreversible",
            Outcome::KnownLoss { .. } => "known_loss",
            Outcome::Fails { .. } => "failed",
        }
    }
}

/// The start of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// The database that was copied, in a form that can be shown; `None` for an empty one.
    pub sample: Option<String>,
    /// The revisions that were downgraded on the copy first, in this order.
    pub taken_back: Vec<String>,
}

impl<B: Backend> Migrations<B> {
    /// Runs each revision up, down and up again on a scratch database, and returns the results.
    ///
    /// ```
    /// # use migrate_runtime::v1::Sqlite;
    /// # static MIGRATIONS: migrate_runtime::Migrations<Sqlite> = migrate_runtime::Migrations::new(
    /// #     &[],
    /// #     migrate_runtime::__private::Options {
    /// #         version_table: "migrate_revisions",
    /// #         heads: migrate_runtime::__private::Heads::One,
    /// #     },
    /// # );
    /// # fn migrations() -> &'static migrate_runtime::Migrations<Sqlite> { &MIGRATIONS }
    /// use migrate_runtime::verify::{Outcome, Trial};
    ///
    /// let verified = migrations().verify(&Trial::new())?;
    /// assert!(verified.iter().all(|one| one.outcome == Outcome::Restores));
    /// # Ok::<(), migrate_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify_with`](Migrations::verify_with).
    pub fn verify(&self, trial: &Trial) -> Result<Vec<Verified>, Error> {
        let mut all = Vec::new();
        self.verify_with(trial, &Settings::default(), &mut |one| all.push(one))?;
        Ok(all)
    }

    /// Verifies revisions with custom options, and passes each result to `each` as soon as it is known.
    ///
    /// # Errors
    ///
    /// [`Error::NoScratch`] if no scratch database is available; [`Error::Backup`] if the sample can't be copied;
    /// [`Error::Sample`] if its copy can't be used: it has unknown revisions, is newer, or has tables but no history. A
    /// revision that fails is not an error but an outcome.
    pub fn verify_with(
        &self,
        trial: &Trial,
        settings: &Settings,
        each: &mut dyn FnMut(Verified),
    ) -> Result<Start, Error> {
        let inside = trial.inside(self.graph()?)?;
        trial.check(&*self.graph_towards(inside.as_ref())?)?;
        let ground = Ground::find(self, trial, settings.wait)?;
        // The database is temporary, so any loss is allowed.
        let settings = settings
            .clone()
            .allow_data_loss()
            .transaction(Transaction::Shared);
        let tried = Bench::new(self, trial, &settings, &ground, inside.as_ref())
            .and_then(|bench| try_all(bench, trial, each));
        tried.map_err(|error| ground.place(error))
    }
}

/// Verifies the revisions that `trial` selects, in the graph's order.
fn try_all<B: Backend>(
    mut bench: Bench<'_, B>,
    trial: &Trial,
    each: &mut dyn FnMut(Verified),
) -> Result<Start, Error> {
    let graph = bench.graph.clone();
    let named = |id: &Option<RevisionId>| {
        let id = id.as_ref().map(|id| graph.resolve_name(id.as_str()));
        id.transpose()
    };
    let (from, to) = (named(&trial.from)?, named(&trial.to)?);
    let (until, before) = (needed(&graph, to), needed(&graph, from));
    if let Some(from) = from {
        bench.go_below(from)?;
    }
    for revision in graph.iter() {
        let id = &revision.id;
        if until.as_ref().is_some_and(|until| !until.contains(id)) || bench.has(id) {
            continue;
        }
        let only_runs = before.as_ref().is_some_and(|before| before.contains(id));
        if only_runs && from != Some(id) {
            bench.pass(id)?;
        } else {
            each(bench.verified(id)?);
        }
        if bench.stuck {
            break;
        }
    }
    Ok(bench.start())
}

/// Returns a revision and all that it needs.
fn needed<'g>(
    graph: &'g RevisionGraph,
    end: Option<&'g RevisionId>,
) -> Option<HashSet<&'g RevisionId>> {
    let needed = graph.ancestors([end?], Links::All);
    Some(needed.into_iter().map(|revision| &revision.id).collect())
}
