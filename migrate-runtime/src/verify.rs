//! Up, down and up again, one revision at a time, on a database that nobody needs.
//!
//! Comes in: the revisions, and an empty database or a copy of a real one. Goes out: for each revision whether `down`
//! brings back the schema and the rows before it, and whether a second `up` makes what the first one made. An empty
//! database's tables are filled with made-up rows before each revision, so that a column that refuses NULL, a unique
//! constraint and a cast meet some; a copy has the real ones, and begins where it stands.

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

/// How many rows each table has where nothing is said.
const ROWS: u32 = 3;

/// Which revisions are tried, on what, and with how many rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trial {
    /// The first revision that is tried; those before it only run up. A copy that has it is taken back to before it.
    pub from: Option<RevisionId>,
    /// The last one.
    pub to: Option<RevisionId>,
    /// How many rows each table has at least; 0 leaves tables as they are. Where nothing is said, three on an empty
    /// database and 0 on a copy of a real one.
    pub rows: Option<u32>,
    /// The database of which a copy is tried on, in place of an empty one. It is only read.
    pub sample: Option<OsString>,
    /// A database whose server is good for scratch databases too, if `MIGRATE_SCRATCH_URL` names none.
    pub near: Option<OsString>,
    allowed: Allowed,
}

impl Trial {
    /// Returns a trial of all revisions on an empty database, with three rows in each table.
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

    /// Sets how many rows each table has at least.
    #[must_use]
    pub fn rows(mut self, rows: u32) -> Trial {
        self.rows = Some(rows);
        self
    }

    /// Tries on a copy of the database that `url` names, from where it stands.
    #[must_use]
    pub fn sample(mut self, url: impl Into<OsString>) -> Trial {
        self.sample = Some(url.into());
        self
    }

    /// Sets a database whose server is good for scratch databases too.
    #[must_use]
    pub fn near(mut self, url: Option<OsString>) -> Trial {
        self.near = url;
        self
    }

    /// Allows what a revision does to values, as `// verify: allow(values): REASON` in its file does: it is told as a known
    /// loss, and is no failure. Nothing but `values` can be allowed, and nothing without a reason.
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

    /// Allows what `MIGRATE_VERIFY` does: a line `REVISION:values=REASON` for each, as `cargo migrate` gathers them from the
    /// comments of the revision files.
    #[must_use]
    pub fn allow_lines(mut self, lines: &str) -> Trial {
        self.allowed.read(lines);
        self
    }

    /// Returns the end of the range that another revision stands for, if one does: then the trial goes along its range.
    fn inside(&self, graph: &RevisionGraph) -> Result<Option<Target>, Error> {
        let mut ends = self.from.iter().chain(&self.to);
        let inside = ends.find(|id| graph.get(id.as_str()).is_none());
        Ok(inside.map(|id| Target::parse(id.as_str())).transpose()?)
    }

    /// Refuses a range with nothing in it.
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

    /// Sets the first revision that is tried.
    #[must_use]
    pub fn from(mut self, revision: Option<RevisionId>) -> Trial {
        self.from = revision;
        self
    }

    /// Sets the last revision that is tried.
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

/// What became of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// What it does, in a line.
    pub message: String,
    /// What was found.
    pub outcome: Outcome,
    /// What is worth knowing and no fault: values that a dropped column takes along, tables that no row could be made for.
    pub notes: Vec<String>,
    /// What is allowed in its file and needs no allowing, or can't be allowed so.
    pub warnings: Vec<String>,
    /// The tables that it was tried without rows in, because none could be made up; the notes say why.
    pub empty_tables: Vec<String>,
}

/// What was found about one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// `down` brings back what was before, and `up` makes the same again.
    Restores,
    /// Its `down` says that it can't be.
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// Values or rows do not come back, and its file says that this is meant.
    KnownLoss {
        /// The author's reason.
        reason: String,
        /// What does not come back: one line each.
        losses: Vec<String>,
    },
    /// It does not do what it should: the findings, in words.
    Fails {
        /// One line each.
        findings: Vec<String>,
    },
}

impl Outcome {
    /// Returns the word that `--json` prints.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Restores => "restores",
            Outcome::Irreversible { .. } => "irreversible",
            Outcome::KnownLoss { .. } => "known_loss",
            Outcome::Fails { .. } => "fails",
        }
    }
}

/// Where a trial began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// The database that was copied, as it can be shown; `None` where it began on an empty one.
    pub sample: Option<String>,
    /// What was taken back on the copy before anything was tried, in this order.
    pub taken_back: Vec<String>,
}

impl<B: Backend> Migrations<B> {
    /// Tries each revision up, down and up again on a database that nobody needs, and returns what was found.
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

    /// Tries revisions with other than the default settings, and hands over what became of each as soon as it is known.
    ///
    /// # Errors
    ///
    /// [`Error::NoScratch`] where no database is to be had; [`Error::Backup`] where the sample can't be copied;
    /// [`Error::Sample`] where nothing can be tried on its copy: unknown revisions are applied in it, it is newer, or it has
    /// tables and no history. A revision that fails is no error but an outcome.
    pub fn verify_with(
        &self,
        trial: &Trial,
        settings: &Settings,
        each: &mut dyn FnMut(Verified),
    ) -> Result<Start, Error> {
        let inside = trial.inside(self.graph()?)?;
        trial.check(&*self.graph_towards(inside.as_ref())?)?;
        let ground = Ground::find(self, trial, settings.wait)?;
        // Nothing that is lost here is missed.
        let settings = settings
            .clone()
            .allow_data_loss()
            .transaction(Transaction::Shared);
        let tried = Bench::new(self, trial, &settings, &ground, inside.as_ref())
            .and_then(|bench| try_all(bench, trial, each));
        tried.map_err(|error| ground.place(error))
    }
}

/// Tries the revisions that `trial` names, one after the other in the graph's order.
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
