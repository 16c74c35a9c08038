//! Runs plans: for the runner, for an application that upgrades itself, and for tests.
//!
//! Takes the revisions, a client and a target, and returns a report or one error that describes what was kept and what
//! was rolled back. Each revision and its row in the version table are committed together:
//!
//! ```text
//! read the rows without a lock ─► nothing to do? done
//! start: prepare the client          ┐
//!   begin: take the lock, read again │ a segment: as many revisions as share one commit
//!     unit: up, row                  │ a unit: one revision in its own savepoint
//!     unit: up, row …                │
//!   commit                           ┘
//! ```

mod down;
mod edits;
mod fast_path;
mod lock_watcher;
mod missing_history;
mod non_transactional;
mod panic;
mod progress;
mod replacement;
mod resolution;
mod row_validation;
mod run_options;
mod segment;
mod stamp;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod up;

pub use lock_watcher::{LockWait, LockWaitListener};
pub use panic::record_places;
pub(crate) use progress::{Meter, REPORT_INTERVAL};
pub use progress::{Progress, ProgressListener, ProgressState};
pub use resolution::Resolution;
pub use run_options::{
    HistoryReport, Observer, RunOptions, RunReport, StepReport, TransactionMode, Warning,
};
pub use stamp::StampReport;
pub use state::{Assessment, KnownState, State, Unfinished, differs};

use std::cell::OnceCell;
use std::time::Instant;

use crate::backend::{Backend, MigrationRun as _};
use crate::migrations::Migrations;
use crate::version_table::VersionTable;
use lock_watcher::{LockWatcher, WatchedStep};

/// One run of one command.
pub struct Executor<'a, B: Backend> {
    /// The revisions.
    pub migrations: &'a Migrations<B>,
    /// The options of the run.
    pub options: &'a RunOptions,
    /// The version table.
    pub table: VersionTable,
    pub(crate) started_at: Instant,
    /// The watcher of locks, once a revision has run; `None` if there can't be one.
    lock_watcher: OnceCell<Option<LockWatcher>>,
}

impl<'a, B: Backend> Executor<'a, B> {
    /// Creates an executor of these revisions.
    pub fn new(migrations: &'a Migrations<B>, options: &'a RunOptions) -> Executor<'a, B> {
        let table = VersionTable::new::<B>(migrations.options().version_table)
            .with_replacements(migrations.replacements());
        Executor {
            migrations,
            options,
            table,
            started_at: Instant::now(),
            lock_watcher: OnceCell::new(),
        }
    }

    /// Watches the locks of a revision for as long as the returned value exists.
    fn watch_locks(
        &self,
        run: &mut B::Run<'_>,
        step: &StepReport,
        observer: &mut dyn Observer,
    ) -> Option<WatchedStep<'_>> {
        let listener = observer.lock_wait_listener(step);
        let watch = run.lock_watch()?;
        let watcher = self.lock_watcher.get_or_init(LockWatcher::start);
        Some(watcher.as_ref()?.watch(&step.revision, watch, listener))
    }
}
