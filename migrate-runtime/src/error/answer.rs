//! What a command reports about an error: its code, its exit code, details and help.

use std::path::PathBuf;

use super::shown::{kept, quoted};
use super::{Error, Trouble};
use crate::exit::Exit;

impl Error {
    /// Returns the stable code that `--json` prints.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::Graph(error) => error.code(),
            Error::Shadow(error) | Error::Sample { error, .. } => error.code(),
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
            Error::Hint { .. } | Error::NoModels => "usage",
            Error::Pending { .. } => "out_of_sync",
            Error::UnknownRevisions { .. }
            | Error::Newer { .. }
            | Error::VersionTable { .. }
            | Error::VersionRow { .. }
            | Error::Changed
            | Error::TakenOver { .. }
            | Error::Baseline(_)
            | Error::Unfinished { .. }
            | Error::NotBegun { .. } => "out_of_sync",
            Error::CannotBeSingle { .. }
            | Error::CannotRehearse { .. }
            | Error::EmptyRange { .. } => "usage",
            Error::Backup(error) => error.code(),
            Error::Deploy(error) => error.code(),
        }
    }

    /// Returns the exit code of the command.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Error::Shadow(error) | Error::Sample { error, .. } => error.exit(),
            Error::Newer { .. } => Exit::Newer,
            Error::Locked { .. } => Exit::Locked,
            Error::Database { source, .. } if source.kind == Trouble::Busy => Exit::Locked,
            Error::MigrationFailed(failure) if failure.kind == Some(Trouble::Busy) => Exit::Locked,
            Error::Hint { .. }
            | Error::NoModels
            | Error::NoUrl
            | Error::DotEnv { .. }
            | Error::CannotBeSingle { .. }
            | Error::CannotRehearse { .. }
            | Error::EmptyRange { .. } => Exit::Usage,
            Error::Graph(error) if error.code() == "invalid_target" => Exit::Usage,
            Error::Bug(_) => Exit::Bug,
            Error::Interrupted { .. } => Exit::Interrupted,
            Error::Deploy(error) => error.exit(),
            _ => Exit::Problem,
        }
    }

    /// Returns the revision of the error, if there is exactly one.
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        match self {
            Error::Graph(error) => error.revision().map(migrate_graph::RevisionId::as_str),
            Error::Shadow(error) | Error::Sample { error, .. } => error.revision(),
            Error::MigrationFailed(failure) => Some(&failure.revision),
            Error::Irreversible { revision, .. }
            | Error::Unfinished { revision, .. }
            | Error::TakenOver { revision, .. }
            | Error::NotBegun { revision, .. } => Some(revision),
            _ => None,
        }
    }

    /// Returns the revision file of the error, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Error::MigrationFailed(failure) => Some(&failure.file),
            Error::Shadow(error) | Error::Sample { error, .. } => error.file(),
            Error::Irreversible { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Returns the line in that file, if it is known.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        match self {
            Error::MigrationFailed(failure) => failure.line,
            _ => None,
        }
    }

    /// Returns details, one line each: the statement, the place of a panic, what was rolled back.
    #[must_use]
    pub fn why(&self) -> Vec<String> {
        match self {
            Error::MigrationFailed(failure) => failure.why(),
            Error::Shadow(error) => error.why_of_scratch("the scratch database was dropped"),
            Error::Sample { error, .. } => error.why_of_scratch("the copy was dropped"),
            Error::Baseline(error) => error.why(),
            Error::Irreversible { done, .. } | Error::DataLoss { done, .. } => kept(done),
            Error::Model { places, .. } => {
                places.iter().map(|place| format!("a model is defined at {place}")).collect()
            }
            Error::Wanted {
                place: Some(place), ..
            } => vec![format!("it is defined at {place}")],
            Error::Backup(error) => error.why(),
            Error::Deploy(error) => error.why(),
            Error::Newer { .. } => vec![
                "each of them drops, renames or rewrites something, or did not declare that it only adds".to_owned(),
                "nothing was written".to_owned(),
            ],
            Error::Unfinished { reasons, .. } => reasons.clone(),
            Error::TakenOver { done, .. } => {
                let mut why = vec![
                    "the lock that kept other runs away was lost, for example with its connection".to_owned(),
                    "the step that noticed this was rolled back; the other run continues after the steps before it"
                        .to_owned(),
                ];
                if !done.is_empty() {
                    why.push(format!("done before and kept: {}", quoted(done)));
                }
                why
            }
            Error::Interrupted { done } if done.is_empty() => vec!["nothing was changed".to_owned()],
            Error::Interrupted { done } => vec![format!("done before and kept: {}", quoted(done))],
            Error::UnknownRevisions { origins, .. } => {
                let mut lines = origins.clone();
                lines.push("newer or other code applied them, or their files were deleted".to_owned());
                lines.push("nothing was written".to_owned());
                lines
            }
            Error::VersionRow { .. } => {
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
    fn why_of_scratch(&self, end: &str) -> Vec<String> {
        let mut why = match self {
            Error::MigrationFailed(failure) => failure.place(),
            Error::Irreversible { .. }
            | Error::DataLoss { .. }
            | Error::TakenOver { .. }
            | Error::Interrupted { .. }
            | Error::Commit { .. } => Vec::new(),
            other => return other.why(),
        };
        why.push(format!("nothing was changed: {end}"));
        why
    }

    /// Returns what to do next, if anything.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Error::Graph(error) => return error.help(),
            Error::Shadow(error) => match &**error {
                // An empty database has only what the revisions create.
                Error::MigrationFailed(failure) if failure.is_repeated => {
                    "an earlier revision, or an earlier statement of this one, already creates it: remove one of the two"
                }
                error => return error.help(),
            },
            Error::Sample { error, .. } => match &**error {
                Error::Irreversible { .. } => "start after it: pass `--from` with a later revision",
                error => return error.help(),
            },
            Error::Baseline(error) => return Some(error.help()),
            Error::File { .. } => "check the path and its permissions",
            Error::NoDatabase => "check the path or the name; `upgrade` creates a new database",
            Error::Backup(error) => return error.help(),
            Error::Deploy(error) => return error.help(),
            Error::MigrationFailed(failure) => return failure.help.clone(),
            Error::Database { source, .. } => return source.help(),
            Error::Wanted { help, .. } => return help.clone(),
            Error::Hint { help, .. } => return Some(help.clone()),
            Error::NoModels => {
                "add `#[derive(Model)]` to a struct of the library; or write the schema to an SQL file with \
                 `cargo migrate dump -o schema.sql`, and name it in Cargo.toml: `[package.metadata.migrate] schema = \"schema.sql\"`"
            }
            Error::Pending { .. } => {
                "run `cargo migrate upgrade` first; if the database has tables but no history, run \
                 `cargo migrate baseline`"
            }
            Error::Url { help, .. } => return Some(help.clone()),
            Error::NoScratch { help, .. } | Error::Model { help, .. } => help,
            Error::NoUrl => {
                "pass `--database-url URL`, or set DATABASE_URL in the environment or in `.env`"
            }
            Error::Locked { .. } => {
                "wait longer with `--wait SECONDS`, or stop the process that holds the lock"
            }
            Error::Irreversible { .. } => "restore the backup that was made before the upgrade",
            Error::DataLoss { .. } => "make a backup, then pass `--allow-data-loss`",
            Error::UnknownRevisions { .. } => {
                "run the build that applied them, or `stamp --purge` if they no longer exist"
            }
            Error::VersionRow { .. } => {
                "restore the row from a backup; or find out what is applied, and record it with `stamp --purge TARGET`"
            }
            Error::Newer { .. } => {
                "use the newer build; or restore the backup that was made before its upgrade"
            }
            Error::VersionTable { .. } => {
                "rename that object, or set another name: `migrations!(…, version_table = \"NAME\")`"
            }
            Error::Unfinished { revision, .. } => {
                return Some(format!(
                    "if no process runs it any more, look at the schema: run `stamp --applied {revision}` if all its \
                     changes were made, otherwise undo them and run `stamp --unapplied {revision}`"
                ));
            }
            Error::NotBegun { .. } => "to record a revision, run `stamp TARGET` without an option",
            Error::InTransaction => "commit or roll back before upgrading",
            Error::Commit { source, .. } if source.kind == Trouble::Constraint => {
                "run again with `--transaction each`: the error then names the revision that leaves a broken reference"
            }
            Error::Commit {
                recorded: Some(true),
                ..
            } => "check the disk",
            Error::Commit { .. } => {
                "check the disk, then run the command again: it continues where it stopped"
            }
            Error::CannotRehearse { revision } => {
                return Some(format!(
                    "choose a target before `{revision}`, or use `--sql`"
                ));
            }
            Error::EmptyRange { .. } => "swap `--from` and `--to`, or omit one of them",
            Error::CannotBeSingle { .. } => "omit `--transaction single`",
            Error::Changed => "run the command again",
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
