//! The output of a deployment: one line for each step, on standard error and in a file, and JSON at the end.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use migrate_engine::clock;
use migrate_engine::error::Error;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The step succeeded.
    Done,
    /// There was nothing to do.
    Skipped,
    /// The step failed.
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

/// The steps so far, and the outputs.
pub(crate) struct Log {
    /// Prints a line for a person.
    print: Arc<dyn Fn(&str) + Send + Sync>,
    file: Option<File>,
    entries: Vec<Entry>,
    started_at: Instant,
}

impl Log {
    /// Returns a log that prints with `print` and appends to the file at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the file can't be written.
    pub(crate) fn new(
        print: Arc<dyn Fn(&str) + Send + Sync>,
        path: Option<&Path>,
    ) -> Result<Log, Error> {
        Ok(Log {
            print,
            file: path.map(opened).transpose()?,
            entries: Vec::new(),
            started_at: Instant::now(),
        })
    }

    /// Returns the output for commands: the file, or standard error without a file.
    pub(crate) fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Prints a line.
    pub(crate) fn line(&self, text: &str) {
        (self.print)(text);
        self.file_only(text);
    }

    /// Returns a function that prints a line from another thread.
    pub(crate) fn printer(&self) -> impl Fn(&str) + Send + 'static {
        let print = Arc::clone(&self.print);
        let file = self.file.as_ref().and_then(|file| file.try_clone().ok());
        move |text| {
            print(text);
            write(file.as_ref(), text);
        }
    }

    /// Writes lines to the file only.
    pub(crate) fn file_only(&self, text: &str) {
        write(self.file.as_ref(), text);
    }

    /// Prints how a step ended, and records it.
    pub(crate) fn step(
        &mut self,
        step: &'static str,
        ended: Ended,
        detail: &str,
        started: Instant,
    ) {
        let elapsed = started.elapsed();
        let message = match (ended, detail) {
            (Ended::Done, "") => "done".to_owned(),
            (Ended::Done, detail) => detail.to_owned(),
            (_, "") => ended.as_str().to_owned(),
            (_, detail) => format!("{}: {detail}", ended.as_str()),
        };
        self.line(&format!("{step:<9} {message}"));
        self.entries.push(Entry {
            step,
            ended,
            detail: detail.to_owned(),
            elapsed,
        });
    }

    /// Returns the time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started_at.elapsed()
    }

    /// Returns the steps as JSON.
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

/// Writes lines with their time, if there is a file.
fn write(file: Option<&File>, text: &str) {
    if let Some(mut file) = file {
        let lines: String = text
            .lines()
            .map(|line| format!("{} {line}\n", clock::now()))
            .collect();
        // The deployment continues if its log can't be written: stopping halfway would do more harm.
        let _ = file.write_all(lines.as_bytes());
    }
}
