//! Whether the rows of the version table are such as a run writes.
//!
//! A row that somebody edited must not decide anything: a status that is none would otherwise count as a revision that was
//! begun, and be forgotten.

use std::collections::HashSet;

use crate::error::{Error, printable};
use crate::version_table::{APPLIED, DOWNGRADING, HALF_DOWN, HALF_UP, Row, UPGRADING};

/// The statuses that runs write.
const STATUSES: [&str; 5] = [APPLIED, UPGRADING, DOWNGRADING, HALF_UP, HALF_DOWN];

/// More revisions than there can be, and less than a column of the table holds.
const LAST_POSITION: i64 = 2_000_000_000;

/// Refuses rows that no run writes.
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

/// Returns what no run writes in a row.
pub(super) fn problem(row: &Row) -> Option<String> {
    if row.revision.is_empty() {
        return Some("it does not name a revision".to_owned());
    }
    if !STATUSES.contains(&&*row.status) {
        return Some(format!("`{}` is not a status", printable(&row.status)));
    }
    (!is_position(row)).then(|| format!("{} is not a position", row.position))
}

/// Returns whether a row's number in the order of application can be one.
pub(super) fn is_position(row: &Row) -> bool {
    row.position <= LAST_POSITION
}
