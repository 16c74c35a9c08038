//! The options of a run, and its results.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::op::Tracer;

use super::{LockWaitListener, ProgressListener};

/// The scope of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransactionMode {
    /// The best scope for the database: if a commit is expensive, a run shares one, and a failed revision is rolled
    /// back alone.
    #[default]
    Auto,
    /// One transaction for the whole run: if one revision fails, none is applied.
    Single,
    /// One transaction for each revision.
    PerRevision,
}

/// The options of a run. By default it waits 30 seconds for the lock and refuses to lose values.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunOptions {
    /// The scope of a transaction.
    pub transaction: TransactionMode,
    /// The time limit for the lock.
    pub wait: Duration,
    /// Whether a downgrade may drop existing values.
    pub allow_data_loss: bool,
    /// Ends a run after the current revision, once it is set.
    pub stop: Option<Arc<AtomicBool>>,
    /// Whether the changes are rolled back at the end: a dry run.
    pub dry_run: bool,
    /// Ends a run as `stop` does. The future of the run sets it when it is dropped.
    pub(crate) abandoned: Option<Arc<AtomicBool>>,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            transaction: TransactionMode::default(),
            wait: Duration::from_secs(30),
            allow_data_loss: false,
            stop: None,
            dry_run: false,
            abandoned: None,
        }
    }
}

impl RunOptions {
    /// Returns the default options.
    #[must_use]
    pub fn new() -> RunOptions {
        RunOptions::default()
    }

    /// Sets the scope of a transaction.
    #[must_use]
    pub fn transaction(mut self, transaction: TransactionMode) -> RunOptions {
        self.transaction = transaction;
        self
    }

    /// Sets the time limit for the lock.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> RunOptions {
        self.wait = wait;
        self
    }

    /// Makes it a dry run: everything runs in one transaction, which is rolled back at the end.
    #[must_use]
    pub fn dry_run(mut self) -> RunOptions {
        self.transaction = TransactionMode::Single;
        self.dry_run = true;
        self
    }

    /// Ends a run between two revisions once `flag` is set; finished revisions are kept.
    #[must_use]
    pub fn stop_when(mut self, flag: Arc<AtomicBool>) -> RunOptions {
        self.stop = Some(flag);
        self
    }

    /// Returns whether the run should end.
    pub fn stopped(&self) -> bool {
        let raised = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        self.stop.iter().chain(&self.abandoned).any(raised)
    }

    /// Allows a downgrade to drop existing values.
    #[must_use]
    pub fn allow_data_loss(mut self) -> RunOptions {
        self.allow_data_loss = true;
        self
    }
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RunReport {
    /// The revisions that ran, in order.
    pub steps: Vec<StepReport>,
    /// The heads of the applied revisions now.
    pub heads: Vec<String>,
    /// The problems that did not stop the run.
    pub warnings: Vec<Warning>,
    /// The duration of the run.
    pub elapsed: Duration,
    /// Whether all heads are applied.
    pub at_heads: bool,
    /// The runs of the other histories, which `after` in `migrations!` lists, in order.
    pub histories: Vec<HistoryReport>,
}

/// The run of another history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryReport {
    /// The version table of the history.
    pub version_table: String,
    /// The result.
    pub report: RunReport,
}

/// A revision that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// The revision.
    pub revision: String,
    /// `upgrade` or `downgrade`.
    pub direction: &'static str,
    /// Its parents.
    pub down_revisions: Vec<String>,
    /// Its description, in one line.
    pub message: String,
    /// The duration of the run.
    pub elapsed: Duration,
    /// The results that conditional operations found already present, one line each: the database had drifted.
    pub skipped: Vec<String>,
}

/// A problem that did not stop a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An applied revision was edited afterwards.
    ChecksumMismatch {
        /// The revision.
        revision: String,
        /// Its file.
        file: PathBuf,
    },
    /// The database has revisions of a newer build, all of them additive.
    DatabaseAhead {
        /// The revisions.
        revisions: Vec<String>,
    },
    /// The database differs from the schema that the recorded revisions build.
    SchemaDrift {
        /// The differences, one line each.
        differences: Vec<String>,
    },
}

impl Warning {
    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Warning::ChecksumMismatch { .. } => "checksum_mismatch",
            Warning::DatabaseAhead { .. } => "database_ahead",
            Warning::SchemaDrift { .. } => "schema_drift",
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::ChecksumMismatch { revision, file } => {
                write!(
                    f,
                    "revision `{revision}` was edited after it was applied here ({})",
                    file.display()
                )
            }
            Warning::DatabaseAhead { revisions } => {
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
            Warning::SchemaDrift { differences } => {
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

/// Receives events during a run.
pub trait Observer {
    /// A revision is about to run.
    fn step_started(&mut self, step: &StepReport) {
        let _ = step;
    }

    /// A revision has run. If revisions share a commit, it is not committed yet.
    fn step_finished(&mut self, step: &StepReport) {
        let _ = step;
    }

    /// Returns the receiver of the progress inside a revision; by default none.
    fn progress_listener(&mut self, step: &StepReport) -> Option<ProgressListener> {
        let _ = step;
        None
    }

    /// Returns the receiver of what a revision does; by default none.
    fn tracer(&mut self, step: &StepReport) -> Option<Tracer> {
        let _ = step;
        None
    }

    /// Returns the receiver of the connections that wait for locks of a revision which takes long; by default none. It
    /// names the connection if a revision waits for itself, because its code opened a connection of its own.
    ///
    /// Only PostgreSQL, MariaDB and MySQL report this, and only if the connection was opened by its URL. After a few
    /// seconds, another connection is opened for it.
    fn lock_wait_listener(&mut self, step: &StepReport) -> Option<LockWaitListener> {
        let _ = step;
        None
    }

    /// A problem that does not stop the run.
    fn warning(&mut self, warning: &Warning) {
        let _ = warning;
    }
}

impl Observer for () {}
