//! Detects a database with tables but without a history: the version table was lost or emptied, or never existed.
//!
//! A database may have other tables, and only a run shows which ones the revisions create. So the first revision whose
//! objects already exist reports this, and nothing that ran before it in its transaction is kept.

use crate::error::{DatabaseErrorKind, Error, Failure};

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
    let Error::MigrationFailed(failure) = &mut error else {
        return error;
    };
    if failure.kind != Some(DatabaseErrorKind::AlreadyExists) {
        return error;
    }
    let is_version_table = failure.cause.contains(version_table);
    failure.is_repeated = !is_version_table;
    if is_version_table || state.rows.is_empty() {
        failure.help = Some(help(failure, version_table));
    } else if failure.help.is_none() && failure.direction == "upgrade" {
        failure.help = Some(made_elsewhere(&failure.revision));
    }
    error
}

/// Returns the help for an object that exists although the database has a history: it was created outside of the
/// revisions, or by another one.
fn made_elsewhere(revision: &str) -> String {
    format!(
        "if the database already has everything that `{revision}` creates, record it with `stamp {revision}`; otherwise drop or \
         rename the existing object, or use an operation that accepts it, such as `create_table_if_not_exists`"
    )
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
        format!(
            "the database has tables but no history: `baseline` compares it with the revisions and records the result; \
             `stamp TARGET` records the target without a comparison; if `version_table` was changed, rename the old table to \
             `{version_table}`"
        )
    } else {
        "the database had tables but no history: check that the first changes of this run were not made twice, then \
         record what is applied with `stamp TARGET`"
            .to_owned()
    }
}
