//! Detects a database with tables but without a history: the version table was lost or emptied, or never existed.
//!
//! A database may have other tables, and only a run shows which ones the revisions create. So the first revision whose
//! objects already exist reports this, and nothing that ran before it in its transaction is kept.

use crate::error::{Error, Failure, DatabaseErrorKind};

use super::State;

/// Returns the failure of a revision whose objects already exist although nothing was recorded before the run.
pub(super) fn detect<'e>(state: &State, error: &'e mut Error) -> Option<&'e mut Failure> {
    match error {
        Error::MigrationFailed(failure)
            if state.rows.is_empty() && failure.kind == Some(DatabaseErrorKind::AlreadyExists) =>
        {
            Some(failure)
        }
        _ => None,
    }
}

/// Adds the help to the error.
pub(super) fn add_help(state: &State, version_table: &str, mut error: Error) -> Error {
    if let Some(failure) = detect(state, &mut error) {
        failure.help = Some(help(failure, version_table));
    }
    error
}

fn help(failure: &Failure, version_table: &str) -> String {
    // The run created the version table just before.
    if failure.cause.contains(version_table) {
        return format!(
            "remove the table `{version_table}` from the statements of the revision, such as from the file that they were dumped to: \
             every run creates it itself"
        );
    }
    if failure.done.is_empty() {
        "the database has tables but no history: `baseline` compares it with the revisions and records the result; \
         `stamp TARGET` records the target without a comparison"
            .to_owned()
    } else {
        "the database had tables but no history: check that the first changes of this run were not made twice, then \
         record what is applied with `stamp TARGET`"
            .to_owned()
    }
}
