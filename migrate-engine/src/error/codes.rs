//! Tests of the error codes: each error has one, and `docs/error-codes.md` lists it with its exit code.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{BackupError, BaselineError, DeployError, Recovery};
use super::{DataLoss, DatabaseError, DatabaseErrorKind, Error, Failure, FailureState};
use crate::backup_driver::Problem;
use crate::executor::Warning;

const DOCS: &str = include_str!("../../../docs/error-codes.md");

fn file() -> PathBuf {
    PathBuf::from("a.rs")
}

fn failure(kind: Option<DatabaseErrorKind>) -> Error {
    Error::MigrationFailed(Box::new(Failure {
        revision: "a".to_owned(),
        file: file(),
        direction: "upgrade",
        cause: String::new(),
        kind,
        statement: None,
        line: None,
        location: None,
        help: None,
        is_repeated: false,
        state: FailureState::RolledBack,
        done: Vec::new(),
    }))
}

fn database_error(kind: DatabaseErrorKind) -> DatabaseError {
    DatabaseError::new(kind, "message")
}

/// Returns the next variant after this one, so that each of them is an example. A new variant does not compile until it
/// is here.
fn next(error: &Error) -> Option<Error> {
    let text = String::new;
    Some(match error {
        Error::Graph(_) => Error::database("open", database_error(DatabaseErrorKind::Other)),
        Error::Database { .. } => Error::ScratchUnavailable {
            reason: "",
            help: "",
        },
        Error::ScratchUnavailable { .. } => Error::Url {
            url: text(),
            reason: text(),
            help: text(),
        },
        Error::Url { .. } => Error::MissingUrl,
        Error::MissingUrl => Error::DatabaseNotFound,
        Error::DatabaseNotFound => Error::File {
            action: "read",
            path: file(),
            reason: text(),
        },
        Error::File { .. } => Error::Baseline(BaselineError::NoTables),
        Error::Baseline(_) => Error::DotEnv {
            file: file(),
            line: None,
            reason: text(),
            help: "",
        },
        Error::DotEnv { .. } => Error::Locked {
            waited: Duration::ZERO,
            holder: None,
        },
        Error::Locked { .. } => failure(None),
        Error::MigrationFailed(_) => Error::Irreversible {
            revision: text(),
            file: file(),
            reason: text(),
            done: Vec::new(),
        },
        Error::Irreversible { .. } => Error::DataLoss {
            losses: Vec::<DataLoss>::new(),
            done: Vec::new(),
        },
        Error::DataLoss { .. } => Error::NonTransactionalRevision { revision: text() },
        Error::NonTransactionalRevision { .. } => Error::CannotDryRun { revision: text() },
        Error::CannotDryRun { .. } => Error::ConcurrentChange,
        Error::ConcurrentChange => Error::TakenOver {
            revision: text(),
            direction: "upgrade",
            done: Vec::new(),
        },
        Error::TakenOver { .. } => Error::UnknownRevisions {
            table: text(),
            revisions: Vec::new(),
            origins: Vec::new(),
        },
        Error::UnknownRevisions { .. } => Error::InvalidVersionRow {
            table: text(),
            revision: text(),
            problem: text(),
        },
        Error::InvalidVersionRow { .. } => Error::DatabaseNewer {
            revisions: Vec::new(),
        },
        Error::DatabaseNewer { .. } => Error::InvalidVersionTable {
            table: text(),
            problem: text(),
        },
        Error::InvalidVersionTable { .. } => Error::UnfinishedRevision {
            revision: text(),
            direction: "upgrade",
            reasons: Vec::new(),
        },
        Error::UnfinishedRevision { .. } => Error::NotUnfinished {
            revision: text(),
            applied: true,
        },
        Error::NotUnfinished { .. } => BackupError::unsupported().into(),
        Error::Backup(error) => match next_backup(error) {
            Some(error) => error.into(),
            None => DeployError::Edited {
                revisions: Vec::new(),
            }
            .into(),
        },
        Error::Deploy(error) => match next_deploy(error) {
            Some(error) => error.into(),
            None => Error::Interrupted { done: Vec::new() },
        },
        Error::Interrupted { .. } => Error::InTransaction,
        Error::InTransaction => Error::AsyncThread,
        Error::AsyncThread => Error::Commit {
            recorded: None,
            source: database_error(DatabaseErrorKind::Io),
        },
        Error::Commit { .. } => Error::OnScratchDatabase(Box::new(Error::NoModels)),
        Error::OnScratchDatabase(_) => Error::InHistory {
            version_table: text(),
            kept: Vec::new(),
            error: Box::new(Error::NoModels),
        },
        Error::InHistory { .. } => Error::OnDatabaseCopy {
            database: text(),
            error: Box::new(failure(None)),
        },
        Error::OnDatabaseCopy { .. } => Error::EmptyRange {
            from: text(),
            to: text(),
        },
        Error::EmptyRange { .. } => Error::InvalidDesiredSchema {
            cause: text(),
            help: None,
            table: None,
            place: None,
        },
        Error::InvalidDesiredSchema { .. } => Error::InvalidScratchSetup {
            cause: text(),
            help: None,
            place: text(),
        },
        Error::InvalidScratchSetup { .. } => Error::NoModels,
        Error::NoModels => Error::Owners {
            problem: text(),
            help: text(),
        },
        Error::Owners { .. } => Error::UnmatchedHint {
            reason: text(),
            help: text(),
        },
        Error::UnmatchedHint { .. } => Error::PendingRevisions {
            pending: Vec::new(),
        },
        Error::PendingRevisions { .. } => Error::InvalidModel {
            problem: text(),
            places: Vec::new(),
            help: "",
        },
        Error::InvalidModel { .. } => Error::Bug(text()),
        Error::Bug(_) => return None,
    })
}

/// The same as [`next`], for the errors of backups.
fn next_backup(error: &BackupError) -> Option<BackupError> {
    let text = String::new;
    let problem = || Problem::new("", "");
    Some(match error {
        BackupError::Unsupported { .. } => BackupError::NoDatabase { database: text() },
        BackupError::NoDatabase { .. } => BackupError::Exists { file: file() },
        BackupError::Exists { .. } => BackupError::File {
            action: "read",
            path: file(),
            source: io::ErrorKind::NotFound.into(),
        },
        BackupError::File { .. } => BackupError::NoRoom {
            directory: file(),
            needed: 2,
            free: 1,
        },
        BackupError::NoRoom { .. } => BackupError::NotCopied { problem: problem() },
        BackupError::NotCopied { .. } => BackupError::Corrupt {
            file: file(),
            problem: problem(),
        },
        BackupError::Corrupt { .. } => BackupError::None {
            database: text(),
            directory: file(),
        },
        BackupError::None { .. } => BackupError::InTheWay {
            file: file(),
            problem: problem(),
        },
        BackupError::InTheWay { .. } => BackupError::RestoreInterrupted {
            database: text(),
            backup: file(),
            kept: None,
            cause: None,
        },
        BackupError::RestoreInterrupted { .. } => BackupError::NotConfirmed { action: "" },
        BackupError::NotConfirmed { .. } => BackupError::Program {
            program: text(),
            reason: text(),
            help: text(),
        },
        BackupError::Program { .. } => return None,
    })
}

/// The same as [`next`], for the errors of deployments.
fn next_deploy(error: &DeployError) -> Option<DeployError> {
    Some(match error {
        DeployError::Edited { .. } => DeployError::Drifted {
            differences: Vec::new(),
        },
        DeployError::Drifted { .. } => DeployError::LintDenied {
            lints: Vec::new(),
            findings: Vec::new(),
        },
        DeployError::LintDenied { .. } => DeployError::SchemaMismatch {
            differences: Vec::new(),
        },
        DeployError::SchemaMismatch { .. } => DeployError::PlanOutdated {
            file: file(),
            differences: Vec::new(),
        },
        DeployError::PlanOutdated { .. } => DeployError::PlanFile {
            action: "read",
            file: file(),
            reason: String::new(),
        },
        DeployError::PlanFile { .. } => DeployError::Hook {
            hook: "stop",
            reason: String::new(),
        },
        DeployError::Hook { .. } => DeployError::Failed {
            stage: "upgrade",
            cause: Box::new(failure(None)),
            recovery: Recovery {
                database: Vec::new(),
                application: None,
                help: None,
            },
        },
        DeployError::Failed { .. } => return None,
    })
}

fn all() -> impl Iterator<Item = Error> {
    let first = Error::Graph(migrate_graph::Error::NoRevision {
        target: "base".to_owned(),
    });
    let busy = [
        Error::database("open", database_error(DatabaseErrorKind::Busy)),
        failure(Some(DatabaseErrorKind::Busy)),
    ];
    std::iter::successors(Some(first), next).chain(busy)
}

/// Returns the cells of the tables in the docs that have this heading, by code.
fn documented(heading: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut found = BTreeMap::new();
    let mut is_wanted = false;
    for line in DOCS.lines() {
        is_wanted = match line.starts_with('|') {
            true => is_wanted || line.starts_with(heading),
            false => false,
        };
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let code = cells.next().unwrap_or_default();
        if let Some(code) = code
            .strip_prefix('`')
            .and_then(|code| code.strip_suffix('`'))
            && is_wanted
        {
            assert!(
                found.insert(code, cells.collect()).is_none(),
                "{code} twice"
            );
        }
    }
    found
}

#[test]
fn each_error_has_a_code_and_an_exit_code_that_the_docs_list() {
    let documented = documented("| code | exit code |");
    assert!(documented.len() > 40, "{documented:?}");
    for error in all() {
        let cells = documented.get(error.code());
        let cells = cells.unwrap_or_else(|| panic!("{} of {error:?}", error.code()));
        assert_eq!(cells[0], error.exit().code().to_string(), "{error:?}");
    }
}

/// A script must be able to tell causes apart. These errors share a code on purpose.
#[test]
fn errors_of_different_causes_have_different_codes() {
    const SHARED: [(&str, usize); 7] = [
        // A connection, and a revision, that waited for a lock, beside the migration lock.
        ("locked", 3),
        // An error on a copy of a database has the code of its cause.
        ("migration_failed", 2),
        // The command line and the project, and one of these errors on a scratch database and in one of several histories.
        ("usage_error", 8),
        ("concurrent_change", 2),
        ("invalid_version_table", 2),
        // A backup has its own, with the database's name.
        ("database_not_found", 2),
        // Backups keep the error of the system.
        ("io_error", 2),
    ];
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for error in all() {
        *counts.entry(error.code()).or_default() += 1;
    }
    for (code, count) in counts {
        let shared = SHARED.iter().find(|(shared, _)| *shared == code);
        assert_eq!(count, shared.map_or(1, |(_, count)| *count), "{code}");
    }
}

#[test]
fn each_warning_has_a_code_that_the_docs_list() {
    let documented = documented("| code | cause |");
    let first = Warning::ChecksumMismatch {
        revision: String::new(),
        file: file(),
    };
    let next = |warning: &Warning| {
        Some(match warning {
            Warning::ChecksumMismatch { .. } => Warning::DatabaseAhead {
                revisions: Vec::new(),
            },
            Warning::DatabaseAhead { .. } => Warning::SchemaDrift {
                differences: Vec::new(),
            },
            Warning::SchemaDrift { .. } => return None,
        })
    };
    let mut codes: Vec<&str> = std::iter::successors(Some(first), next)
        .map(|warning| warning.code())
        .collect();
    codes.sort_unstable();
    let listed: Vec<&str> = documented.into_keys().collect();
    assert_eq!(codes, listed);
}
