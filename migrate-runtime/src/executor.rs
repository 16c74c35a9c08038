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
#[cfg(feature = "cli")]
mod edits;
mod fast_path;
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

#[cfg(feature = "cli")]
pub(crate) use panic::record_places;
pub(crate) use progress::{Meter, REPORT_INTERVAL};
pub use progress::{Progress, ProgressListener, ProgressState};
pub use resolution::Resolution;
pub use run_options::{Observer, RunOptions, RunReport, StepReport, TransactionMode, Warning};
pub use stamp::StampReport;
pub(crate) use state::{Assessment, KnownState, State, Unfinished, differs};

use std::time::Instant;

use crate::backend::Backend;
use crate::migrations::Migrations;
use crate::version_table::VersionTable;

/// One run of one command.
pub(crate) struct Executor<'a, B: Backend> {
    pub(crate) migrations: &'a Migrations<B>,
    pub(crate) options: &'a RunOptions,
    pub(crate) table: VersionTable,
    pub(crate) started_at: Instant,
}

impl<'a, B: Backend> Executor<'a, B> {
    /// Creates an executor of these revisions.
    pub(crate) fn new(migrations: &'a Migrations<B>, options: &'a RunOptions) -> Executor<'a, B> {
        let table = VersionTable::new::<B>(migrations.options.version_table)
            .with_replacements(migrations.replacements());
        Executor {
            migrations,
            options,
            table,
            started_at: Instant::now(),
        }
    }
}
