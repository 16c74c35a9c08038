//! What can go wrong: one variant per failure, each with its place, its cause and its help.

mod answer;
mod database;
mod failure;
mod op;
mod shown;

use std::path::PathBuf;
use std::time::Duration;

use crate::backup::BackupError;
use crate::deploy::DeployError;
use shown::{few, list, quoted};

pub use database::{DatabaseError, Trouble};
pub use failure::{Failure, Outcome};
pub use op::{Loss, OpError};
pub(crate) use shown::{counted, printable};

/// Why a run did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The graph has no answer: an unknown target, several heads, a mistake in the revisions.
    #[error(transparent)]
    Graph(#[from] migrate_graph::Error),

    /// The database could not be opened, read or written.
    #[error("{action}: {source}")]
    Database {
        /// What was being done.
        action: String,
        /// What the database said.
        source: DatabaseError,
    },

    /// No server is named on which an empty database for a test could be made.
    #[error("there is no server for an empty database: {reason}")]
    NoScratch {
        /// What was looked for.
        reason: &'static str,
        /// What to set.
        help: &'static str,
    },

    /// The URL names no database that this program can open.
    #[error("can't open `{url}`: {reason}")]
    Url {
        /// The URL, without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        help: String,
    },

    /// No database was named.
    #[error("no database was named")]
    NoUrl,

    /// The database that was named is not there.
    #[error("there is no such database")]
    NoDatabase,

    /// A file could not be read or written.
    #[error("can't {action} {}: {reason}", path.display())]
    File {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },

    /// A database gets no history.
    #[error(transparent)]
    Baseline(#[from] crate::baseline::BaselineError),

    /// `.env` is there and can't be used.
    #[error("can't use `{}`{}: {reason}", file.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    DotEnv {
        /// The file.
        file: PathBuf,
        /// The line, counted from one, where one is to be mended.
        line: Option<usize>,
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        help: &'static str,
    },

    /// Another process held the lock until the time was up.
    #[error("the database is locked by {}: waited {} s", holder.as_deref().unwrap_or("another process"), waited.as_secs_f64())]
    Locked {
        /// How long this process waited.
        waited: Duration,
        /// Who holds the lock, where the database tells.
        holder: Option<String>,
    },

    /// A revision failed.
    #[error("revision `{}` failed to {}: {}", .0.revision, .0.direction, .0.cause)]
    MigrationFailed(Box<Failure>),

    /// A downgrade meets a revision that says it can't be taken back.
    #[error("revision `{revision}` can't be taken back: {reason}")]
    Irreversible {
        /// The revision.
        revision: String,
        /// Its file.
        file: PathBuf,
        /// The author's reason.
        reason: String,
        /// The revisions of the same run that were taken back before it, and stay so.
        done: Vec<String>,
    },

    /// A downgrade would drop values that are there.
    #[error("the downgrade would drop {}", list(losses))]
    DataLoss {
        /// What would be dropped, in order.
        losses: Vec<Loss>,
        /// The revisions of the same run that were taken back before it, and stay so.
        done: Vec<String>,
    },

    /// One transaction was asked for, and a revision runs outside any.
    #[error("revision `{revision}` runs outside a transaction, so the run can't be a single one")]
    CannotBeSingle {
        /// The revision.
        revision: String,
    },

    /// A dry run was asked for, and a revision runs outside a transaction that could be rolled back.
    #[error(
        "revision `{revision}` runs outside a transaction, so nothing could take it back after a dry run"
    )]
    CannotRehearse {
        /// The revision.
        revision: String,
    },

    /// Another process changed what is applied while this one waited between two commits.
    #[error("another process changed what is applied during the run")]
    Changed,

    /// Another run took over a revision that this one ran outside a transaction, because the lock that kept it away was lost.
    #[error("another run has taken over the {direction} of revision `{revision}`")]
    TakenOver {
        /// The revision.
        revision: String,
        /// `upgrade` or `downgrade`.
        direction: &'static str,
        /// The revisions of this run that were done before it.
        done: Vec<String>,
    },

    /// The version table has revisions that this program does not know.
    #[error(
        "table `{table}` has revisions that this program does not know: {}",
        few(revisions)
    )]
    UnknownRevisions {
        /// The version table.
        table: String,
        /// The revisions.
        revisions: Vec<String>,
        /// When each was applied, and by which version of the tool, a line each.
        origins: Vec<String>,
    },

    /// A row of the version table says what no run writes.
    #[error(
        "the row of revision `{}` in table `{table}` can't be used: {problem}",
        printable(revision)
    )]
    VersionRow {
        /// The version table.
        table: String,
        /// The revision that the row names.
        revision: String,
        /// What is wrong with it.
        problem: String,
    },

    /// The database is ahead of this program by revisions that change what the program relies on.
    #[error(
        "the database is newer than this program: {} changed what it relies on",
        few(revisions)
    )]
    Newer {
        /// The breaking revisions.
        revisions: Vec<String>,
    },

    /// The version table is not what this program would make.
    #[error("`{table}` can't be used as the version table: {problem}")]
    VersionTable {
        /// The version table.
        table: String,
        /// What is wrong with it.
        problem: String,
    },

    /// A revision was begun outside a transaction and not ended, and does not go on by itself.
    #[error("the {direction} of revision `{revision}` was cut short outside a transaction")]
    Unfinished {
        /// The revision.
        revision: String,
        /// `upgrade` or `downgrade`.
        direction: &'static str,
        /// Why it can't go on, and what was found.
        reasons: Vec<String>,
    },

    /// A stamp is to end a revision that was not begun.
    #[error("revision `{revision}` is {} and was not cut short", if *.applied { "applied" } else { "not applied" })]
    NotBegun {
        /// The revision.
        revision: String,
        /// Whether it is applied.
        applied: bool,
    },

    /// A backup was not made, or not put back.
    #[error(transparent)]
    Backup(Box<BackupError>),

    /// A deployment did not begin, or failed.
    #[error(transparent)]
    Deploy(Box<DeployError>),

    /// The run was asked to stop before its end.
    #[error("the run was interrupted")]
    Interrupted {
        /// The revisions of the run that are done and committed.
        done: Vec<String>,
    },

    /// The application's own transaction is open on the connection.
    #[error("the connection has a transaction open already")]
    InTransaction,

    /// COMMIT reported an error.
    #[error("COMMIT reported an error: {source}")]
    Commit {
        /// Whether the revisions turned out to be recorded when the rows were read again; `None` if they could not be.
        recorded: Option<bool>,
        /// What the database said.
        source: DatabaseError,
    },

    /// The revisions, or a wanted schema, do not run on an empty database.
    #[error("on an empty database, {0}")]
    Shadow(Box<Error>),

    /// Revisions do not run on a copy of a database.
    #[error("on a copy of `{database}`, {error}")]
    Sample {
        /// The database, as it can be shown.
        database: String,
        /// What went wrong.
        error: Box<Error>,
    },

    /// The last revision to try does not come after the first one.
    #[error("`{to}` does not follow or need `{from}`, so nothing lies between them")]
    EmptyRange {
        /// The first revision.
        from: String,
        /// The last one.
        to: String,
    },

    /// What the models, or a file of SQL, want can't be built on an empty database.
    #[error("the wanted schema can't be built: {cause}")]
    Wanted {
        /// What stands in the way.
        cause: String,
        /// Another way to the same end, where one is known.
        help: Option<String>,
        /// The table that can't be built, where it is one.
        table: Option<String>,
        /// Where it is asked for: `file:line`.
        place: Option<String>,
    },

    /// Nothing says which schema is wanted.
    #[error("nothing says which schema is wanted: this program has no models")]
    NoModels,

    /// A rename or a drop was asked for that there is no cause for.
    #[error("{reason}")]
    Hint {
        /// What is wrong with it.
        reason: String,
        /// What to ask for instead.
        help: String,
    },

    /// A live database is to be written down, and revisions are pending there.
    #[error("the database is not at the heads: {} pending", quoted(pending))]
    Pending {
        /// The revisions.
        pending: Vec<String>,
    },

    /// The models contradict each other.
    #[error("{problem}")]
    Model {
        /// What is wrong.
        problem: String,
        /// Where the models stand: `file:line`.
        places: Vec<String>,
        /// What to write instead.
        help: &'static str,
    },

    /// A bug of this crate.
    #[error("internal error: {0}")]
    Bug(String),
}

impl Error {
    /// Returns an error of a database, with what was being done.
    pub fn database(action: impl Into<String>, source: DatabaseError) -> Error {
        Error::Database {
            action: action.into(),
            source,
        }
    }
}
