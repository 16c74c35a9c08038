//! What a deployment says while it goes on: a line for each step, on standard error and in a file, and as data at the end.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::clock;
use crate::error::Error;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It did what it had to.
    Done,
    /// There was nothing to do.
    Skipped,
    /// It failed.
    Failed,
}

impl Ended {
    fn as_str(self) -> &'static str {
        match self {
            Ended::Done => "done",
            Ended::Skipped => "skipped",
            Ended::Failed => "failed",
        }
    }
}

/// A step that ended.
struct Entry {
    step: &'static str,
    ended: Ended,
    detail: String,
    elapsed: Duration,
}

/// What was said so far, and where it goes.
pub(crate) struct Log {
    /// What prints a line for a person.
    print: Box<dyn Fn(&str)>,
    file: Option<File>,
    entries: Vec<Entry>,
    begun: Instant,
}

impl Log {
    /// Returns a log that prints with `print` and adds to the file at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file can't be written.
    pub(crate) fn new(print: Box<dyn Fn(&str)>, path: Option<&Path>) -> Result<Log, Error> {
        Ok(Log {
            print,
            file: path.map(opened).transpose()?,
            entries: Vec::new(),
            begun: Instant::now(),
        })
    }

    /// Returns where the output of commands goes; to standard error if there is no file.
    pub(crate) fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Says a line.
    pub(crate) fn line(&self, text: &str) {
        (self.print)(text);
        self.file_only(text);
    }

    /// Writes lines to the file only.
    pub(crate) fn file_only(&self, text: &str) {
        if let Some(mut file) = self.file.as_ref() {
            let lines: String = text
                .lines()
                .map(|line| format!("{} {line}\n", clock::now()))
                .collect();
            // The work goes on where its log can't be written: stopping half-way would do more harm.
            let _ = file.write_all(lines.as_bytes());
        }
    }

    /// Says how a step ended, and remembers it.
    pub(crate) fn step(&mut self, step: &'static str, ended: Ended, detail: &str, begun: Instant) {
        let elapsed = begun.elapsed();
        let words = match (ended, detail) {
            (Ended::Done, "") => "done".to_owned(),
            (Ended::Done, detail) => detail.to_owned(),
            (_, "") => ended.as_str().to_owned(),
            (_, detail) => format!("{}: {detail}", ended.as_str()),
        };
        self.line(&format!("{step:<9} {words}"));
        self.entries.push(Entry {
            step,
            ended,
            detail: detail.to_owned(),
            elapsed,
        });
    }

    /// Returns how long it has been going on.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Returns the steps as data.
    pub(crate) fn document(&self) -> Value {
        let entries = self.entries.iter().map(|entry| {
            json!({
                "step": entry.step,
                "status": entry.ended.as_str(),
                "detail": entry.detail,
                "duration_ms": u64::try_from(entry.elapsed.as_millis()).unwrap_or(u64::MAX),
            })
        });
        entries.collect()
    }
}

fn opened(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Error::File {
        action: "write",
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
