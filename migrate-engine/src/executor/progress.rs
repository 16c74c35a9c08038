//! Reports the progress of long operations in a revision.

use std::fmt;
use std::time::{Duration, Instant};

/// The progress of an operation on the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The revision.
    pub revision: String,
    /// The table.
    pub table: String,
    /// The number of rows that were processed.
    pub read: u64,
    /// The total number of rows, if they were counted.
    pub total: Option<u64>,
    /// Whether the operation continues.
    pub state: ProgressState,
}

/// Whether the operation continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressState {
    /// It continues.
    Running,
    /// It has finished or failed.
    Ended,
}

impl Progress {
    pub(crate) fn new(revision: &str, table: &str) -> Progress {
        Progress {
            revision: revision.to_owned(),
            table: table.to_owned(),
            read: 0,
            total: None,
            state: ProgressState::Running,
        }
    }
}

/// Formats the progress: `users: 412000 of 1000000 rows, 41 %`.
impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = crate::error::printable(&self.table);
        write!(f, "{table}: {}", self.read)?;
        match self.total {
            Some(total) if total > 0 => {
                let percent = u128::from(self.read) * 100 / u128::from(total);
                write!(f, " of {total} rows, {} %", percent.min(100))
            }
            _ => f.write_str(" rows"),
        }
    }
}

/// Receives progress, at most once a second.
pub type ProgressListener = Box<dyn FnMut(&Progress)>;

/// The time between two reports.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Reports the progress of a copy of rows, at most once per [`REPORT_INTERVAL`].
pub(crate) struct Meter<'l> {
    progress: Progress,
    listener: Option<&'l mut ProgressListener>,
    last: Instant,
    reported: bool,
}

impl<'l> Meter<'l> {
    pub(crate) fn new(
        revision: &str,
        table: &str,
        listener: Option<&'l mut ProgressListener>,
    ) -> Meter<'l> {
        Meter {
            progress: Progress::new(revision, table),
            listener,
            last: Instant::now(),
            reported: false,
        }
    }

    /// Reports the number of copied rows and the total.
    pub(crate) fn tell(&mut self, copied: u64, total: u64) {
        if self.last.elapsed() < REPORT_INTERVAL {
            return;
        }
        self.last = Instant::now();
        self.reported = true;
        self.progress.read = copied;
        self.progress.total = Some(total);
        self.notify();
    }

    /// Reports the end, if progress was reported before.
    pub(crate) fn end(&mut self) {
        if self.reported {
            self.progress.state = ProgressState::Ended;
            self.notify();
        }
    }

    fn notify(&mut self) {
        if let Some(listener) = &mut self.listener {
            listener(&self.progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_reported_as_text() {
        let mut progress = Progress::new("a1b2", "users");
        progress.read = 412;
        assert_eq!(progress.to_string(), "users: 412 rows");
        progress.total = Some(1_000);
        assert_eq!(progress.to_string(), "users: 412 of 1000 rows, 41 %");
        progress.read = u64::MAX;
        assert!(progress.to_string().ends_with("100 %"));
    }
}
