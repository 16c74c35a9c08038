//! What a command reports about an error: its code, its exit code, details and help.

use std::path::PathBuf;

use super::format::{few, kept};
use super::{DatabaseErrorKind, Error};
use crate::exit::ExitStatus;

impl Error {
    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Graph(error) => error.code(),
            Error::OnScratchDatabase(error)
            | Error::OnDatabaseCopy { error, .. }
            | Error::InHistory { error, .. } => error.code(),
            busy if busy.is_busy() => "locked",
            Error::Database { .. } => "database_error",
            Error::Commit { .. } => "commit_failed",
            Error::InTransaction => "transaction_open",
            Error::AsyncThread => "async_thread",
            Error::DatabaseNotFound => "database_not_found",
            Error::ScratchUnavailable { .. } => "scratch_unavailable",
            Error::Url { .. } => "invalid_url",
            Error::MissingUrl => "missing_url",
            Error::DotEnv { .. } => "invalid_dotenv",
            Error::File { .. } => "io_error",
            Error::Locked { .. } => "locked",
            Error::Interrupted { .. } => "interrupted",
            Error::MigrationFailed(_) => "migration_failed",
            Error::Irreversible { .. } => "irreversible",
            Error::DataLoss { .. } => "data_loss",
            Error::Bug(_) => "internal_error",
            Error::InvalidModel { .. } => "invalid_model",
            Error::InvalidDesiredSchema { .. } => "invalid_desired_schema",
            Error::InvalidScratchSetup { .. } => "invalid_scratch_setup",
            Error::PendingRevisions { .. } => "pending_revisions",
            Error::UnknownRevisions { .. } => "unknown_applied_revision",
            Error::DatabaseNewer { .. } => "database_newer",
            Error::InvalidVersionTable { .. } | Error::InvalidVersionRow { .. } => {
                "invalid_version_table"
            }
            Error::ConcurrentChange | Error::TakenOver { .. } => "concurrent_change",
            Error::Baseline(_) => "baseline_refused",
            Error::UnfinishedRevision { .. } => "unfinished_revision",
            Error::NotUnfinished { .. } => "not_unfinished",
            Error::UnmatchedHint { .. }
            | Error::NoModels
            | Error::Owners { .. }
            | Error::NonTransactionalRevision { .. }
            | Error::CannotDryRun { .. }
            | Error::EmptyRange { .. } => "usage_error",
            Error::Backup(error) => error.code(),
            Error::Deploy(error) => error.code(),
        }
    }

    /// Returns whether another connection held a lock until the time was up.
    fn is_busy(&self) -> bool {
        let kind = match self {
            Error::Database { source, .. } => Some(source.kind),
            Error::MigrationFailed(failure) => failure.kind,
            _ => None,
        };
        kind == Some(DatabaseErrorKind::Busy)
    }

    /// Returns the exit code of the command.
    #[must_use]
    pub fn exit(&self) -> ExitStatus {
        match self {
            Error::OnScratchDatabase(error)
            | Error::OnDatabaseCopy { error, .. }
            | Error::InHistory { error, .. } => error.exit(),
            Error::DatabaseNewer { .. } => ExitStatus::DatabaseNewer,
            Error::Locked { .. } => ExitStatus::Locked,
            busy if busy.is_busy() => ExitStatus::Locked,
            Error::UnmatchedHint { .. }
            | Error::NoModels
            | Error::Owners { .. }
            | Error::MissingUrl
            | Error::DotEnv { .. }
            | Error::NonTransactionalRevision { .. }
            | Error::CannotDryRun { .. }
            | Error::EmptyRange { .. } => ExitStatus::Usage,
            Error::Graph(error) if error.code() == "invalid_target" => ExitStatus::Usage,
            Error::Bug(_) => ExitStatus::InternalError,
            Error::Interrupted { .. } => ExitStatus::Interrupted,
            Error::Deploy(error) => error.exit(),
            _ => ExitStatus::Failure,
        }
    }

    /// Returns the revision of the error, if there is exactly one.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        match self {
            Error::Graph(error) => error.revision().map(migrate_graph::RevisionId::as_str),
            Error::OnScratchDatabase(error)
            | Error::OnDatabaseCopy { error, .. }
            | Error::InHistory { error, .. } => error.revision(),
            Error::MigrationFailed(failure) => Some(&failure.revision),
            Error::Irreversible { revision, .. }
            | Error::UnfinishedRevision { revision, .. }
            | Error::TakenOver { revision, .. }
            | Error::NotUnfinished { revision, .. } => Some(revision),
            _ => None,
        }
    }

    /// Returns the revision file of the error, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Error::MigrationFailed(failure) => Some(&failure.file),
            Error::OnScratchDatabase(error)
            | Error::OnDatabaseCopy { error, .. }
            | Error::InHistory { error, .. } => error.file(),
            Error::Irreversible { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Returns the line in that file, if it is known.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        match self {
            Error::MigrationFailed(failure) => failure.line,
            Error::OnScratchDatabase(error)
            | Error::OnDatabaseCopy { error, .. }
            | Error::InHistory { error, .. } => error.line(),
            _ => None,
        }
    }

    /// Returns details, one line each: the statement, the place of a panic, what was rolled back.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        match self {
            Error::MigrationFailed(failure) => failure.notes(),
            Error::OnScratchDatabase(error) => error.notes_on_scratch("the scratch database was dropped"),
            Error::OnDatabaseCopy { error, .. } => error.notes_on_scratch("the copy was dropped"),
            Error::InHistory { kept, error, .. } => {
                let mut notes = error.notes();
                if !kept.is_empty() {
                    notes.push(format!("upgraded before and kept: the history of {}", few(kept)));
                }
                notes
            }
            Error::Baseline(error) => error.notes(),
            Error::Irreversible { done, .. } | Error::DataLoss { done, .. } => kept(done),
            Error::InvalidModel { places, .. } => {
                places.iter().map(|place| format!("a model is defined at {place}")).collect()
            }
            Error::InvalidDesiredSchema {
                place: Some(place), ..
            } => vec![format!("it is defined at {place}")],
            Error::InvalidScratchSetup { place, .. } => vec![format!("at {place}")],
            Error::Backup(error) => error.notes(),
            Error::Deploy(error) => error.notes(),
            Error::DatabaseNewer { .. } => vec![
                "each of them drops, renames or rewrites something, or did not declare that it only adds".to_owned(),
                "nothing was written".to_owned(),
            ],
            Error::UnfinishedRevision { reasons, .. } => reasons.clone(),
            Error::TakenOver { done, .. } => {
                let mut notes = vec![
                    "the lock that kept other runs away was lost, for example with its connection".to_owned(),
                    "the step that noticed this was rolled back; the other run continues after the steps before it"
                        .to_owned(),
                ];
                if !done.is_empty() {
                    notes.push(format!("done before and kept: {}", few(done)));
                }
                notes
            }
            Error::Interrupted { done } if done.is_empty() => vec!["nothing was changed".to_owned()],
            Error::Interrupted { done } => vec![format!("done before and kept: {}", few(done))],
            Error::UnknownRevisions { origins, .. } => {
                let mut lines = origins.clone();
                lines.push("newer or other code applied them, or their files were deleted".to_owned());
                lines.push("nothing was written".to_owned());
                lines
            }
            Error::InvalidVersionRow { .. } => {
                vec!["this row was not written by cargo-migrate".to_owned(), "nothing was written".to_owned()]
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

    /// Returns the details of an error on a scratch database, of which nothing is kept.
    fn notes_on_scratch(&self, end: &str) -> Vec<String> {
        let mut notes = match self {
            Error::MigrationFailed(failure) => failure.location_notes(),
            Error::InHistory { error, .. } => return error.notes_on_scratch(end),
            Error::Irreversible { .. }
            | Error::DataLoss { .. }
            | Error::TakenOver { .. }
            | Error::Interrupted { .. }
            | Error::Commit { .. } => Vec::new(),
            other => return other.notes(),
        };
        notes.push(format!("nothing was changed: {end}"));
        notes
    }

    /// Returns what to do next, if anything.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Error::Graph(error) => return error.help(),
            Error::OnScratchDatabase(error) => match &**error {
                // An empty database has only what the revisions create.
                Error::MigrationFailed(failure) if failure.is_repeated => {
                    "an earlier revision, or an earlier statement of this one, already creates it: remove one of the two"
                }
                error => return error.help(),
            },
            Error::OnDatabaseCopy { error, .. } => match &**error {
                Error::Irreversible { .. } => "start after it: pass `--from` with a later revision",
                error => return error.help(),
            },
            Error::InHistory { error, .. } => return error.help(),
            Error::Baseline(error) => return Some(error.help()),
            Error::File { .. } => "check the path and its permissions",
            Error::DatabaseNotFound => {
                "check the path or the name; `upgrade` creates a new database"
            }
            Error::Backup(error) => return error.help(),
            Error::Deploy(error) => return error.help(),
            Error::MigrationFailed(failure) => return failure.help.clone(),
            Error::Database { source, .. } => return source.help(),
            Error::InvalidDesiredSchema { help, .. } | Error::InvalidScratchSetup { help, .. } => {
                return help.clone();
            }
            Error::UnmatchedHint { help, .. } | Error::Owners { help, .. } => {
                return Some(help.clone());
            }
            Error::NoModels => {
                "add `#[derive(Model)]` to a struct of the library; or write the schema to an SQL file with \
                 `cargo migrate dump -o schema.sql`, and name it in Cargo.toml: `[package.metadata.migrate] schema = \"schema.sql\"`"
            }
            Error::PendingRevisions { .. } => {
                "run `cargo migrate upgrade` first; if the database has tables but no history, run \
                 `cargo migrate baseline`"
            }
            Error::Url { help, .. } => return Some(help.clone()),
            Error::ScratchUnavailable { help, .. } | Error::InvalidModel { help, .. } => help,
            Error::MissingUrl => {
                "pass `--database-url URL`, or set DATABASE_URL in the environment or in `.env`"
            }
            Error::Locked { .. } => {
                "wait longer with `--lock-timeout SECONDS`, or stop the process that holds the lock"
            }
            Error::Irreversible { .. } => "restore the backup that was made before the upgrade",
            Error::DataLoss { .. } => "make a backup, then pass `--allow-data-loss`",
            Error::UnknownRevisions { .. } => {
                "run the build that applied them, or `stamp --purge` if they no longer exist"
            }
            Error::InvalidVersionRow { .. } => {
                "restore the row from a backup; or find out what is applied, and record it with `stamp --purge TARGET`"
            }
            Error::DatabaseNewer { .. } => {
                "use the newer build; or restore the backup that was made before its upgrade"
            }
            Error::InvalidVersionTable { .. } => {
                "rename that object, or set another name: `migrations!(…, version_table = \"NAME\")`"
            }
            Error::UnfinishedRevision { revision, .. } => {
                return Some(format!(
                    "if no process runs it any more, look at the schema: run `resolve {revision} --applied` if all its \
                     changes were made, otherwise undo them and run `resolve {revision} --rolled-back`"
                ));
            }
            Error::NotUnfinished { .. } => {
                "`status` lists the unfinished revision; to record another one, run `stamp TARGET`"
            }
            Error::InTransaction => "commit or roll back before upgrading",
            Error::AsyncThread => {
                "call `migrations().run(url).await`, or `migrations().ready(url).await` for a health check; to use a \
                 connection of your own, make the call in `spawn_blocking`"
            }
            Error::Commit { source, .. }
                if source.kind == DatabaseErrorKind::ConstraintViolation =>
            {
                "run again with `--transaction per-revision`: the error then names the revision that leaves a broken reference"
            }
            Error::Commit {
                recorded: Some(true),
                ..
            } => "check the disk",
            Error::Commit { .. } => {
                "check the disk, then run the command again: it continues where it stopped"
            }
            Error::CannotDryRun { revision } => {
                return Some(format!(
                    "choose a target before `{revision}`, or use `--sql`"
                ));
            }
            Error::EmptyRange { .. } => "swap `--from` and `--to`, or omit one of them",
            Error::NonTransactionalRevision { .. } => "omit `--transaction single`",
            Error::ConcurrentChange => "run the command again",
            Error::TakenOver { .. } => {
                "run the command again: it waits until the other run has ended"
            }
            Error::Interrupted { done } if done.is_empty() => "run the command again",
            Error::Interrupted { .. } => "run the command again: it continues where it stopped",
            Error::DotEnv { help, .. } => help,
            Error::Bug(_) => "please report this",
        };
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_newer_database_and_a_lock_have_exit_codes_of_their_own() {
        assert_eq!(
            Error::DatabaseNewer {
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
