//! What a caller can set, and what it gets back.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::handle::Tracer;

use super::Listener;

/// How many revisions share a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transaction {
    /// What is best for the database: where a commit is dear, a run shares one, and a revision that fails is rolled back
    /// alone.
    #[default]
    Shared,
    /// A whole run is one transaction: if one revision fails, none was.
    Single,
    /// Each revision commits by itself.
    Each,
}

/// How a run is done. The default waits 30 seconds for the lock and refuses to lose values.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How many revisions share a commit.
    pub transaction: Transaction,
    /// How long to wait for another process.
    pub wait: Duration,
    /// Whether a downgrade may drop values that are there.
    pub allow_data_loss: bool,
    /// Ends a run after the revision that is running, once it is raised.
    pub stop: Option<Arc<AtomicBool>>,
    /// What becomes of what was done.
    pub ending: Ending,
}

/// What becomes of what a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// It is committed.
    #[default]
    Commit,
    /// It is rolled back: a dry run.
    RollBack,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            transaction: Transaction::default(),
            wait: Duration::from_secs(30),
            allow_data_loss: false,
            stop: None,
            ending: Ending::Commit,
        }
    }
}

impl Settings {
    /// Returns the default settings.
    #[must_use]
    pub fn new() -> Settings {
        Settings::default()
    }

    /// Sets how many revisions share a commit.
    #[must_use]
    pub fn transaction(mut self, transaction: Transaction) -> Settings {
        self.transaction = transaction;
        self
    }

    /// Sets how long to wait for another process.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Settings {
        self.wait = wait;
        self
    }

    /// Makes it a dry run: everything runs in one transaction, which is rolled back at the end.
    #[must_use]
    pub fn dry_run(mut self) -> Settings {
        self.transaction = Transaction::Single;
        self.ending = Ending::RollBack;
        self
    }

    /// Ends a run between two revisions once `flag` is raised: what is done until then stays.
    #[must_use]
    pub fn stop_when(mut self, flag: Arc<AtomicBool>) -> Settings {
        self.stop = Some(flag);
        self
    }

    /// Returns whether the run is to end.
    pub(crate) fn stopped(&self) -> bool {
        let raised = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        self.stop.as_ref().is_some_and(raised)
    }

    /// Lets a downgrade drop values that are there.
    #[must_use]
    pub fn allow_data_loss(mut self) -> Settings {
        self.allow_data_loss = true;
        self
    }
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Report {
    /// The revisions that ran, in order.
    pub steps: Vec<StepReport>,
    /// The heads of the applied revisions now.
    pub heads: Vec<String>,
    /// What is odd and did not stop the run.
    pub warnings: Vec<Warning>,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether those are all the heads there are.
    pub(crate) at_heads: bool,
}

/// A revision that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// The revision.
    pub revision: String,
    /// `upgrade` or `downgrade`.
    pub direction: &'static str,
    /// The revisions it follows.
    pub down_revisions: Vec<String>,
    /// What it does, in a line.
    pub message: String,
    /// How long it took.
    pub elapsed: Duration,
    /// What operations that look first found done already, a line each: the database was not as the revisions before
    /// left it.
    pub drift: Vec<String>,
}

/// Something odd that did not stop a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An applied revision was edited after it was applied.
    ChecksumChanged {
        /// The revision.
        revision: String,
        /// Its file.
        file: PathBuf,
    },
    /// The database has revisions of a newer program, which only add.
    Ahead {
        /// The revisions.
        revisions: Vec<String>,
    },
    /// The database is not what the revisions build that are recorded now.
    Differs {
        /// What is different, a line each.
        differences: Vec<String>,
    },
}

impl Warning {
    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Warning::ChecksumChanged { .. } => "checksum_mismatch",
            Warning::Ahead { .. } => "out_of_sync",
            Warning::Differs { .. } => "drift",
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::ChecksumChanged { revision, file } => {
                write!(
                    f,
                    "revision `{revision}` was edited after it was applied here ({})",
                    file.display()
                )
            }
            Warning::Ahead { revisions } => {
                let shown: Vec<String> = revisions
                    .iter()
                    .map(|id| format!("`{}`", crate::error::printable(id)))
                    .collect();
                write!(
                    f,
                    "the database is newer than this build by {}, which only add",
                    shown.join(", ")
                )
            }
            Warning::Differs { differences } => {
                f.write_str(
                    "the database differs from the schema that the recorded revisions build:",
                )?;
                let shown = differences.iter().take(20);
                shown
                    .map(|line| line.trim_end())
                    .try_for_each(|line| write!(f, "\n  {line}"))?;
                match differences.len().saturating_sub(20) {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more; `diff` prints all"),
                }
            }
        }
    }
}

/// Hears about a run while it goes on.
pub trait Reporter {
    /// A revision is about to run.
    fn begins(&mut self, step: &StepReport) {
        let _ = step;
    }

    /// A revision has run. Where revisions share a commit it is not committed yet.
    fn ends(&mut self, step: &StepReport) {
        let _ = step;
    }

    /// Returns who hears of the progress inside a revision; nobody, where it is left out.
    fn listens(&mut self, step: &StepReport) -> Option<Listener> {
        let _ = step;
        None
    }

    /// Returns who hears what a revision does; nobody, where it is left out.
    fn traces(&mut self, step: &StepReport) -> Option<Tracer> {
        let _ = step;
        None
    }

    /// Something is odd.
    fn warns(&mut self, warning: &Warning) {
        let _ = warning;
    }
}

impl Reporter for () {}
