//! Checks that the rows of the version table could have been written by a run.
//!
//! An edited row must not affect anything: a row with an invalid status would otherwise count as a started revision,
//! and be deleted.

use std::collections::HashSet;

use crate::error::{Error, printable};
use crate::version_table::{APPLIED, DOWNGRADING, HALF_DOWN, HALF_UP, Row, UPGRADING};

/// The statuses that runs write.
const STATUSES: [&str; 5] = [APPLIED, UPGRADING, DOWNGRADING, HALF_UP, HALF_DOWN];

/// More revisions than there can be, and less than the maximum of the column.
const LAST_POSITION: i64 = 2_000_000_000;

/// Rejects rows that were not written by a run.
///
/// # Errors
///
/// [`Error::VersionRow`], for the first of them.
pub(super) fn check(table: &str, rows: &[Row]) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(rows.len());
    for row in rows {
        let twice = !seen.insert(&*row.revision);
        let twice = twice.then(|| "the table has another row for it".to_owned());
        if let Some(problem) = problem(row).or(twice) {
            return Err(Error::VersionRow {
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
    (!is_position(row)).then(|| format!("{} is not a sequence number", row.position))
}

/// Returns whether a row's sequence number is valid.
pub(super) fn is_position(row: &Row) -> bool {
    row.position <= LAST_POSITION
}
