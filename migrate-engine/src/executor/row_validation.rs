//! Checks that the rows of the version table could have been written by a run.
//!
//! An edited row must not affect anything: a row with an invalid status would otherwise count as a started revision,
//! and be deleted.

use std::collections::HashSet;

use crate::error::{Error, printable};
use crate::version_table::{
    APPLIED, DOWNGRADE_FAILED, DOWNGRADING, Row, UPGRADE_FAILED, UPGRADING,
};

/// The statuses that runs write.
const STATUSES: [&str; 5] = [
    APPLIED,
    UPGRADING,
    DOWNGRADING,
    UPGRADE_FAILED,
    DOWNGRADE_FAILED,
];

/// More revisions than there can be, and less than the maximum of the column.
const LAST_SEQUENCE: i64 = 2_000_000_000;

/// Rejects rows that were not written by a run.
///
/// # Errors
///
/// [`Error::InvalidVersionRow`], for the first of them.
pub(super) fn validate_rows(table: &str, rows: &[Row]) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(rows.len());
    for row in rows {
        let twice = !seen.insert(&*row.revision);
        let twice = twice.then(|| "the table has another row for it".to_owned());
        if let Some(problem) = problem(row).or(twice) {
            return Err(Error::InvalidVersionRow {
                table: table.to_owned(),
                revision: row.revision.clone(),
                problem,
            });
        }
    }
    Ok(())
}

/// Returns the problem with a row, if a run did not write it.
pub(super) fn problem(row: &Row) -> Option<String> {
    if row.revision.is_empty() {
        return Some("it does not name a revision".to_owned());
    }
    if !STATUSES.contains(&&*row.status) {
        return Some(format!("`{}` is not a status", printable(&row.status)));
    }
    (!is_sequence(row)).then(|| format!("{} is not a sequence number", row.sequence))
}

/// Returns whether a row's sequence number is valid.
pub(super) fn is_sequence(row: &Row) -> bool {
    row.sequence <= LAST_SEQUENCE
}
