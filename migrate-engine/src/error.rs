//! Errors: one variant for each kind of failure, with its place, its cause and its help.

mod backup;
mod baseline;
#[cfg(test)]
mod codes;
mod database;
mod deploy;
mod diagnostics;
mod failure;
mod format;
mod op;

use std::path::PathBuf;
use std::time::Duration;

use format::{few, list, quoted};

pub use backup::{BackupError, WithFile};
pub use baseline::BaselineError;
pub use database::{DatabaseError, DatabaseErrorKind};
pub use deploy::{DeployError, Recovery};
pub use failure::{Failure, FailureState};
pub use format::counted;
pub use migrate_schema::text::printable;
pub use op::{DataLoss, OpError};

/// The reason why a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of the graph: an unknown target, several heads, an invalid revision.
    #[error(transparent)]
    Graph(#[from] migrate_graph::Error),

    /// The database could not be opened, read or written.
    #[error("{action}: {source}")]
    Database {
        /// The operation that failed.
        action: String,
        /// The error of the database.
        source: DatabaseError,
    },

    /// No server is configured on which a scratch database could be created.
    #[error("no server is available for a scratch database: {reason}")]
    ScratchUnavailable {
        /// The server that was looked for.
        reason: &'static str,
        /// The setting that is missing.
        help: &'static str,
    },

    /// The URL does not name a database that this build can open.
    #[error("can't open `{url}`: {reason}")]
    Url {
        /// The URL, without its password.
        url: String,
        /// The problem with it.
        reason: String,
        /// The correction.
        help: String,
    },

    /// No database was named.
    #[error("no database was named")]
    MissingUrl,

    /// The named database does not exist.
    #[error("the database does not exist")]
    DatabaseNotFound,

    /// A file could not be read or written.
    #[error("can't {action} {}: {reason}", path.display())]
    File {
        /// The operation that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        reason: String,
    },

    /// A database could not be baselined.
    #[error(transparent)]
    Baseline(#[from] BaselineError),

    /// `.env` exists and is invalid.
    #[error("can't use `{}`{}: {reason}", file.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    DotEnv {
        /// The file.
        file: PathBuf,
        /// The line, counted from one, if one line must be corrected.
        line: Option<usize>,
        /// The problem.
        reason: String,
        /// The correction.
        help: &'static str,
    },

    /// Another process held the lock until the time was up.
    #[error("the database is locked by {}: waited {} s", holder.as_deref().unwrap_or("another process"), waited.as_secs_f64())]
    Locked {
        /// The time that this process waited.
        waited: Duration,
        /// The holder of the lock, if the database reports it.
        holder: Option<String>,
    },

    /// A revision failed.
    #[error("revision `{}` failed to {}: {}", .0.revision, .0.direction, .0.cause)]
    MigrationFailed(Box<Failure>),

    /// A downgrade reached a revision that is irreversible.
    #[error("revision `{revision}` can't be downgraded: {reason}")]
    Irreversible {
        /// The revision.
        revision: String,
        /// Its file.
        file: PathBuf,
        /// The author's reason.
        reason: String,
        /// The revisions of the same run that were downgraded before it and committed.
        done: Vec<String>,
    },

    /// A downgrade would delete existing values.
    #[error("the downgrade would drop {}", list(losses))]
    DataLoss {
        /// The values that would be deleted, in order.
        losses: Vec<DataLoss>,
        /// The revisions of the same run that were downgraded before it and committed.
        done: Vec<String>,
    },

    /// One transaction was requested, and a revision runs outside a transaction.
    #[error(
        "revision `{revision}` runs outside a transaction, so the run can't be one transaction"
    )]
    NonTransactionalRevision {
        /// The revision.
        revision: String,
    },

    /// A dry run was requested, and a revision runs outside a transaction that could be rolled back.
    #[error(
        "revision `{revision}` runs outside a transaction, so a dry run could not roll it back"
    )]
    CannotDryRun {
        /// The revision.
        revision: String,
    },

    /// Another process changed the applied revisions between two commits of this one.
    #[error("another process changed the applied revisions during the run")]
    ConcurrentChange,

    /// Another run took over a revision that this one ran outside a transaction, because this one lost its lock.
    #[error("another run has taken over the {direction} of revision `{revision}`")]
    TakenOver {
        /// The revision.
        revision: String,
        /// `upgrade` or `downgrade`.
        direction: &'static str,
        /// The revisions of this run that were finished before it.
        done: Vec<String>,
    },

    /// The version table has revisions that this build does not know.
    #[error(
        "table `{table}` has revisions that this build does not know: {}",
        few(revisions)
    )]
    UnknownRevisions {
        /// The version table.
        table: String,
        /// The revisions.
        revisions: Vec<String>,
        /// The time and the tool version of each, one line each.
        origins: Vec<String>,
    },

    /// A row of the version table was not written by a run.
    #[error(
        "the row of revision `{}` in table `{table}` is invalid: {problem}",
        printable(revision)
    )]
    InvalidVersionRow {
        /// The version table.
        table: String,
        /// The revision of the row.
        revision: String,
        /// The problem with it.
        problem: String,
    },

    /// The database has applied revisions that this build does not know and that change what this build relies on.
    #[error(
        "the database is newer than this build: {} changed what this build relies on",
        few(revisions)
    )]
    DatabaseNewer {
        /// The breaking revisions.
        revisions: Vec<String>,
    },

    /// The version table has a different definition than this build would create.
    #[error("`{table}` can't be used as the version table: {problem}")]
    InvalidVersionTable {
        /// The version table.
        table: String,
        /// The problem with it.
        problem: String,
    },

    /// A revision was interrupted outside a transaction and can't be resumed automatically.
    #[error("the {direction} of revision `{revision}` was interrupted outside a transaction")]
    UnfinishedRevision {
        /// The revision.
        revision: String,
        /// `upgrade` or `downgrade`.
        direction: &'static str,
        /// The reason why it can't be resumed, and what was found.
        reasons: Vec<String>,
    },

    /// A revision to resolve was not interrupted.
    #[error("revision `{revision}` is {} and was not interrupted", if *.applied { "applied" } else { "not applied" })]
    NotUnfinished {
        /// The revision.
        revision: String,
        /// Whether it is applied.
        applied: bool,
    },

    /// A backup or a restore failed.
    #[error(transparent)]
    Backup(Box<BackupError>),

    /// A deployment was not started, or failed.
    #[error(transparent)]
    Deploy(Box<DeployError>),

    /// The run was interrupted.
    #[error("the run was interrupted")]
    Interrupted {
        /// The revisions of the run that are finished and committed.
        done: Vec<String>,
    },

    /// The application's own transaction is open on the connection.
    #[error("the connection already has an open transaction")]
    InTransaction,

    /// A call that blocks was made on a thread that runs async tasks, and the driver can't block such a thread.
    #[error("this call blocks, but the database driver can't block a thread that runs async tasks")]
    AsyncThread,

    /// COMMIT reported an error.
    #[error("COMMIT reported an error: {source}")]
    Commit {
        /// Whether the revisions are recorded, according to a second read; `None` if it failed.
        recorded: Option<bool>,
        /// The error of the database.
        source: DatabaseError,
    },

    /// The revisions, or a desired schema, do not run on a scratch database.
    #[error("on a scratch database, {0}")]
    OnScratchDatabase(Box<Error>),

    /// One of several histories failed.
    #[error("in the history of `{version_table}`, {error}")]
    InHistory {
        /// The version table of the history.
        version_table: String,
        /// The version tables of the histories that this run upgraded before, and that stay upgraded.
        kept: Vec<String>,
        /// The error.
        error: Box<Error>,
    },

    /// The revisions do not run on a copy of a database.
    #[error("on a copy of `{database}`, {error}")]
    OnDatabaseCopy {
        /// The database, in a form that can be shown.
        database: String,
        /// The error.
        error: Box<Error>,
    },

    /// The end of a range does not follow its start.
    #[error("`{to}` does not follow or need `{from}`, so the range is empty")]
    EmptyRange {
        /// The first revision.
        from: String,
        /// The last one.
        to: String,
    },

    /// The schema of the models, or of an SQL file, can't be built on a scratch database.
    #[error("the desired schema can't be built: {cause}")]
    InvalidDesiredSchema {
        /// The reason.
        cause: String,
        /// A workaround, if one is known.
        help: Option<String>,
        /// The table that can't be built, if it is a table.
        table: Option<String>,
        /// The place of its definition: `file:line`.
        place: Option<String>,
    },

    /// The file that creates the objects of other owners on a scratch database fails.
    #[error("the file of `scratch-setup` fails on a scratch database: {cause}")]
    InvalidScratchSetup {
        /// The reason.
        cause: String,
        /// A workaround, if one is known.
        help: Option<String>,
        /// The file, with the line if it is known.
        place: String,
    },

    /// There is no desired schema.
    #[error("there is no desired schema: this application has no models")]
    NoModels,

    /// What is set about the owners of the database, its models and its histories, contradicts the application.
    #[error("{problem}")]
    Owners {
        /// The problem.
        problem: String,
        /// The correction.
        help: String,
    },

    /// A requested rename or drop does not apply.
    #[error("{reason}")]
    UnmatchedHint {
        /// Why it does not apply.
        reason: String,
        /// What to request instead.
        help: String,
    },

    /// The schema of a live database was requested, and the database has pending revisions.
    #[error("the database is not at the heads: {} pending", quoted(pending))]
    PendingRevisions {
        /// The revisions.
        pending: Vec<String>,
    },

    /// The models contradict each other.
    #[error("{problem}")]
    InvalidModel {
        /// The problem.
        problem: String,
        /// The places of the models: `file:line`.
        places: Vec<String>,
        /// The correction.
        help: &'static str,
    },

    /// A bug of this crate.
    #[error("internal error: {0}")]
    Bug(String),
}

impl Error {
    /// Returns an error of a database, with the operation that failed.
    pub fn database(action: impl Into<String>, source: DatabaseError) -> Error {
        Error::Database {
            action: action.into(),
            source,
        }
    }
}
