//! What can go wrong: one variant per failure, each with its place, its cause and its help.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::backup::BackupError;
use crate::deploy::DeployError;
use crate::exit::Exit;

/// What a database said, in its own words, and what kind of trouble that is.
#[derive(Debug)]
pub struct DatabaseError {
    /// The kind of trouble.
    pub kind: Trouble,
    /// The database's own words.
    pub message: String,
    /// What to do next, where this backend knows better than the kind of trouble does.
    pub help: Option<String>,
}

impl DatabaseError {
    /// Returns an error of this kind and wording.
    pub fn new(kind: Trouble, message: impl Into<String>) -> DatabaseError {
        DatabaseError {
            kind,
            message: message.into(),
            help: None,
        }
    }

    /// Says what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> DatabaseError {
        self.help = Some(help.into());
        self
    }
}

impl DatabaseError {
    pub(crate) fn help(&self) -> Option<String> {
        let own = self.help.clone();
        own.or_else(|| self.kind.help().map(str::to_owned))
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseError {}

/// The kinds of trouble that deserve words of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// Another connection holds a lock.
    Busy,
    /// The file, its directory or the session can only be read.
    ReadOnly,
    /// The disk is full, or the database has reached its limit.
    Full,
    /// The file is not a database, or is encrypted.
    NotADatabase,
    /// The file can't be opened.
    CannotOpen,
    /// The file is damaged.
    Corrupt,
    /// Reading or writing failed below the database.
    Io,
    /// A constraint was broken.
    Constraint,
    /// What was to be made is there already.
    Exists,
    /// Anything else.
    Other,
}

impl Trouble {
    fn help(self) -> Option<&'static str> {
        Some(match self {
            Trouble::Busy => "try again, or wait longer with `--wait SECONDS`",
            Trouble::ReadOnly => "make the file and its directory writable for this user",
            Trouble::Full => {
                "make room on the disk and run the command again; the failed revision was rolled back"
            }
            Trouble::NotADatabase => "check the path; the file was not touched",
            Trouble::CannotOpen => {
                "check that the directory exists and that this user may write there"
            }
            Trouble::Corrupt => "restore a backup; the file was not changed",
            Trouble::Io => "check the disk, then run `current` to see what is recorded",
            Trouble::Constraint | Trouble::Exists | Trouble::Other => return None,
        })
    }
}

/// Why an operation of a revision did not run.
///
/// A revision's `up` returns it inside its [`v1::Error`](crate::v1::Error); the executor adds the revision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The database refused a statement.
    #[error("{source}")]
    Statement {
        /// Which statement of the revision it was, counted from 1.
        number: u32,
        /// The statement.
        sql: String,
        /// What the database said.
        source: DatabaseError,
    },
    /// The database can't do this, or this version of the crate can't yet.
    #[error("can't {operation}: {reason}")]
    Unsupported {
        /// What was asked.
        operation: String,
        /// Why it can't be.
        reason: String,
        /// Another way to the same end.
        help: String,
    },
    /// The operation makes no sense as it was written.
    #[error("can't {operation}: {reason}")]
    Invalid {
        /// What was asked.
        operation: String,
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        help: String,
    },
    /// The revision says that it can't be taken back.
    #[error("it can't be taken back: {reason}")]
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// A `down` outside a transaction was about to drop values that nobody allowed it to drop.
    #[error("it would drop {0}")]
    DataLoss(Loss),
    /// A revision that was cut short outside a transaction does not go on where it stopped.
    #[error("{}", why.join("; "))]
    Unresumable {
        /// The reason, and what was found.
        why: Vec<String>,
    },
    /// The database could not be asked about itself.
    #[error("can't inspect the database: {0}")]
    Inspection(DatabaseError),
}

/// Values that a `down` drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The table.
    pub table: String,
    /// The column, or `None` for the whole table.
    pub column: Option<String>,
    /// How many rows hold a value there.
    pub rows: u64,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.rows == 1 { "row" } else { "rows" };
        match &self.column {
            Some(column) => write!(
                f,
                "`{}.{column}` with values in {} {rows}",
                self.table, self.rows
            ),
            None => write!(f, "`{}` with {} {rows}", self.table, self.rows),
        }
    }
}

/// Whether what a failed revision did is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was rolled back.
    RolledBack,
    /// It ran outside a transaction: what came before the failure stays.
    Kept,
    /// It ran outside a transaction, and this many of its steps are noted as done: the next run goes on after them.
    Noted(usize),
}

/// A revision that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: PathBuf,
    /// `upgrade` or `downgrade`.
    pub direction: &'static str,
    /// What went wrong, in the words of whoever found it.
    pub cause: String,
    /// The kind of trouble, if it came from the database.
    pub kind: Option<Trouble>,
    /// The statement that failed, if it went through `op`: its number, counted from 1, and its text.
    pub statement: Option<(u32, String)>,
    /// The line of its file that asked for what failed, where that is known.
    pub line: Option<u32>,
    /// Where the code panicked, if it did and the place is known.
    pub location: Option<String>,
    /// What to do next.
    pub help: Option<String>,
    /// Whether what it did is still there.
    pub outcome: Outcome,
    /// The revisions of the same run that are done and committed.
    pub done: Vec<String>,
}

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
    #[error("can't use `.env`: {reason}")]
    DotEnv {
        /// What is wrong with it.
        reason: &'static str,
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

    /// What the models, or a file of SQL, want can't be built on an empty database.
    #[error("the wanted schema can't be built: {cause}")]
    Wanted {
        /// What stands in the way.
        cause: String,
        /// Another way to the same end, where one is known.
        help: Option<String>,
    },

    /// Nothing says which schema is wanted.
    #[error("nothing says which schema is wanted: this program has no models")]
    NoModels,

    /// A rename or a drop was asked for that there is no cause for.
    #[error("{0}")]
    Hint(String),

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

fn list(losses: &[Loss]) -> String {
    losses
        .iter()
        .map(Loss::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn kept(done: &[String]) -> Vec<String> {
    if done.is_empty() {
        return vec!["nothing was changed".to_owned()];
    }
    vec![format!(
        "taken back before it, and committed: {}",
        quoted(done)
    )]
}

fn quoted(ids: &[String]) -> String {
    ids.iter()
        .map(|id| format!("`{}`", printable(id)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns whether a terminal would act on it, or show nothing.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns the first of these ids, and how many more there are.
fn few(ids: &[String]) -> String {
    const SHOWN: usize = 10;
    match ids.get(SHOWN..) {
        Some(more) if !more.is_empty() => {
            format!("{} and {} more", quoted(&ids[..SHOWN]), more.len())
        }
        _ => quoted(ids),
    }
}

/// Returns `text` without control characters and cut to 80 characters: what stands in a database is not trusted.
pub(crate) fn printable(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(80)
        .map(|c| if is_unseen(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

impl Error {
    /// Returns an error of a database, with what was being done.
    pub fn database(action: impl Into<String>, source: DatabaseError) -> Error {
        Error::Database {
            action: action.into(),
            source,
        }
    }

    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Graph(error) => error.code(),
            Error::Shadow(error) => error.code(),
            Error::Database { source, .. } if source.kind == Trouble::Busy => "locked",
            Error::MigrationFailed(failure) if failure.kind == Some(Trouble::Busy) => "locked",
            Error::Database { .. }
            | Error::NoDatabase
            | Error::NoScratch { .. }
            | Error::Url { .. }
            | Error::Commit { .. }
            | Error::InTransaction => "database",
            Error::NoUrl | Error::DotEnv { .. } => "usage",
            Error::File { .. } => "file",
            Error::Locked { .. } => "locked",
            Error::Interrupted { .. } => "interrupted",
            Error::MigrationFailed(_)
            | Error::Irreversible { .. }
            | Error::DataLoss { .. }
            | Error::Bug(_) => "migration_failed",
            Error::Model { .. } | Error::Wanted { .. } => "invalid_model",
            Error::Hint(_) | Error::NoModels => "usage",
            Error::Pending { .. } => "out_of_sync",
            Error::UnknownRevisions { .. }
            | Error::Newer { .. }
            | Error::VersionTable { .. }
            | Error::VersionRow { .. }
            | Error::Changed
            | Error::Baseline(_)
            | Error::Unfinished { .. }
            | Error::NotBegun { .. } => "out_of_sync",
            Error::CannotBeSingle { .. } | Error::CannotRehearse { .. } => "usage",
            Error::Backup(error) => error.code(),
            Error::Deploy(error) => error.code(),
        }
    }

    /// Returns how a command that meets it exits.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Error::Shadow(error) => error.exit(),
            Error::Newer { .. } => Exit::Newer,
            Error::Locked { .. } => Exit::Locked,
            Error::Database { source, .. } if source.kind == Trouble::Busy => Exit::Locked,
            Error::MigrationFailed(failure) if failure.kind == Some(Trouble::Busy) => Exit::Locked,
            Error::Hint(_)
            | Error::NoModels
            | Error::NoUrl
            | Error::DotEnv { .. }
            | Error::CannotBeSingle { .. }
            | Error::CannotRehearse { .. } => Exit::Usage,
            Error::Graph(error) if error.code() == "invalid_target" => Exit::Usage,
            Error::Bug(_) => Exit::Bug,
            Error::Interrupted { .. } => Exit::Interrupted,
            Error::Deploy(error) => error.exit(),
            _ => Exit::Problem,
        }
    }

    /// Returns the revision it is about, where there is exactly one.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        match self {
            Error::Graph(error) => error.revision().map(migrate_graph::RevisionId::as_str),
            Error::Shadow(error) => error.revision(),
            Error::MigrationFailed(failure) => Some(&failure.revision),
            Error::Irreversible { revision, .. }
            | Error::Unfinished { revision, .. }
            | Error::NotBegun { revision, .. } => Some(revision),
            _ => None,
        }
    }

    /// Returns the revision file it is about, where there is one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Error::MigrationFailed(failure) => Some(&failure.file),
            Error::Shadow(error) => error.file(),
            Error::Irreversible { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Returns the line of that file, where it is known.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        match self {
            Error::MigrationFailed(failure) => failure.line,
            _ => None,
        }
    }

    /// Returns further facts, a line each: the statement, the place of a panic, what was rolled back.
    #[must_use]
    pub fn why(&self) -> Vec<String> {
        match self {
            Error::MigrationFailed(failure) => failure.why(),
            Error::Shadow(error) => error.why(),
            Error::Baseline(error) => error.why(),
            Error::Irreversible { done, .. } | Error::DataLoss { done, .. } => kept(done),
            Error::Model { places, .. } => {
                places.iter().map(|place| format!("a model stands at {place}")).collect()
            }
            Error::Backup(error) => error.why(),
            Error::Deploy(error) => error.why(),
            Error::Newer { .. } => vec![
                "each of them drops, renames or rewrites something, or did not say that it only adds".to_owned(),
                "nothing was written".to_owned(),
            ],
            Error::Unfinished { reasons, .. } => reasons.clone(),
            Error::Interrupted { done } if done.is_empty() => vec!["nothing was changed".to_owned()],
            Error::Interrupted { done } => vec![format!("done before and kept: {}", quoted(done))],
            Error::UnknownRevisions { origins, .. } => {
                let mut lines = origins.clone();
                lines.push("newer or other code applied them, or their files were deleted".to_owned());
                lines.push("nothing was written".to_owned());
                lines
            }
            Error::VersionRow { .. } => {
                vec!["no run writes such a row".to_owned(), "nothing was written".to_owned()]
            }
            Error::Commit { recorded, .. } => vec![
                match recorded {
                    Some(true) => "read again, the database has the revisions: they were committed",
                    Some(false) => "read again, the database is as before: they were rolled back",
                    None => "the database could not be read again",
                }
                .to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    /// Returns what to do next, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Error::Graph(error) => return error.help(),
            Error::Shadow(error) => return error.help(),
            Error::Baseline(error) => return Some(error.help()),
            Error::File { .. } => "check the path and its rights",
            Error::NoDatabase => "check the path or the name; `upgrade` makes a new one",
            Error::Backup(error) => return error.help(),
            Error::Deploy(error) => return error.help(),
            Error::MigrationFailed(failure) => return failure.help.clone(),
            Error::Database { source, .. } => return source.help(),
            Error::Wanted { help, .. } => return help.clone(),
            Error::Hint(_) => {
                "check the spelling: the old name is one that the revisions make, the new one is wanted"
            }
            Error::NoModels => {
                "write `#[derive(Model)]` above a struct of the library, or name a file of SQL in Cargo.toml: \
                 `[package.metadata.migrate] schema = \"schema.sql\"`"
            }
            Error::Pending { .. } => "run `cargo migrate upgrade` first",
            Error::Url { help, .. } => return Some(help.clone()),
            Error::NoScratch { help, .. } | Error::Model { help, .. } => help,
            Error::NoUrl => {
                "give `--database-url URL`, or set DATABASE_URL in the environment or in `.env`"
            }
            Error::Locked { .. } => {
                "wait longer with `--wait SECONDS`, or end the program that holds the lock"
            }
            Error::Irreversible { .. } => "restore the backup that was made before the upgrade",
            Error::DataLoss { .. } => "make a backup, then say `--allow-data-loss`",
            Error::UnknownRevisions { .. } => {
                "run the program that applied them, or `stamp --purge` if they are gone for good"
            }
            Error::VersionRow { .. } => {
                "put the row back as it was, from a backup; `stamp --purge TARGET` writes what is recorded anew, once you know what \
                 is applied"
            }
            Error::Newer { .. } => {
                "use the newer program; or restore the backup that was made before its upgrade"
            }
            Error::VersionTable { .. } => {
                "move that object away, or set another name: `migrations!(…, version_table = \"NAME\")`"
            }
            Error::Unfinished { revision, .. } => {
                return Some(format!(
                    "if no process runs it any more, look at the schema: `stamp --applied {revision}` if all its work is \
                     there, else undo what is there and `stamp --unapplied {revision}`"
                ));
            }
            Error::NotBegun { .. } => "say what is recorded with `stamp TARGET`, without an option",
            Error::InTransaction => "commit or roll back before upgrading",
            Error::Commit { source, .. } if source.kind == Trouble::Constraint => {
                "run again with `--transaction each`: the revision that leaves a broken link is named then"
            }
            Error::Commit {
                recorded: Some(true),
                ..
            } => "check the disk",
            Error::Commit { .. } => {
                "check the disk, then run the command again: it goes on where it stands"
            }
            Error::CannotRehearse { revision } => {
                return Some(format!(
                    "name a target before `{revision}`, or look at `--sql`"
                ));
            }
            Error::CannotBeSingle { .. } => "leave `--transaction single` out",
            Error::Changed => "run the command again",
            Error::Interrupted { .. } => "run the command again: it goes on where it stands",
            Error::DotEnv { .. } => "correct the file, or give `--database-url URL`",
            Error::Bug(_) => "please report this",
        };
        Some(text.to_owned())
    }
}

impl Failure {
    /// Takes over what a database said.
    pub(crate) fn database(&mut self, error: &DatabaseError) {
        self.cause.clone_from(&error.message);
        self.kind = Some(error.kind);
        self.help = error.help();
    }

    fn why(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((number, sql)) = &self.statement {
            lines.push(format!(
                "statement {number} of the revision: {}",
                one_line(sql)
            ));
        }
        if let Some(location) = &self.location {
            lines.push(format!("the panic came from {location}"));
        }
        lines.push(match self.outcome {
            Outcome::RolledBack => "what the revision had done was rolled back".to_owned(),
            Outcome::Kept => {
                "the revision runs outside a transaction: what it had done before the failure stays"
                    .to_owned()
            }
            Outcome::Noted(0) => "the revision runs outside a transaction; none of its steps is done".to_owned(),
            Outcome::Noted(steps) => format!(
                "the revision runs outside a transaction: {steps} of its steps {} done, and the next run goes on after \
                 {}",
                if steps == 1 { "is" } else { "are" },
                if steps == 1 { "it" } else { "them" },
            ),
        });
        if !self.done.is_empty() {
            lines.push(format!("done before it and kept: {}", quoted(&self.done)));
        }
        lines
    }
}

/// Returns a statement on one line, cut to a length that a person reads.
fn one_line(sql: &str) -> String {
    let mut line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(400) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_database_is_shown_without_control_characters_and_cut() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), 81);
    }

    #[test]
    fn a_newer_database_and_a_lock_have_exit_codes_of_their_own() {
        assert_eq!(
            Error::Newer {
                revisions: vec!["a".into()]
            }
            .exit()
            .code(),
            4
        );
        assert_eq!(
            Error::Locked {
                waited: Duration::from_secs(30),
                holder: None,
            }
            .exit()
            .code(),
            5
        );
    }
}
