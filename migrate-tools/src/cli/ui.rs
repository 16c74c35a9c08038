//! All output and all prompts of the runner.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use migrate_cli::Output;
use serde_json::Value;

use crate::describe::titled;
use crate::error_report::{Color, ErrorReport};
use migrate_engine::error::{Error, printable};
use migrate_engine::executor::{
    LockWaitListener, Observer, ProgressListener, ProgressState, StepReport, Warning,
};

use migrate_engine::exit::ExitStatus;

use super::signals;

/// The interval between two lines of progress if the output is not a terminal.
const SELDOM: Duration = Duration::from_secs(10);

/// The number of lines about skipped operations that are printed for a revision.
const SKIPPED_LINES: usize = 3;

/// The destination and the format of the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ui {
    pub(super) form: Form,
    pub(super) detail: Detail,
    color: Color,
}

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text for a person.
    Text,
    /// JSON for a script.
    Json,
}

/// The amount of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Only results.
    Quiet,
    /// Results and each step.
    Normal,
    /// Every detail.
    Verbose,
}

impl Ui {
    pub(super) fn new(output: &Output) -> Ui {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colored = match output.color {
            migrate_cli::Color::Always => true,
            migrate_cli::Color::Never => false,
            migrate_cli::Color::Auto => !no_color && io::stderr().is_terminal(),
        };
        Ui {
            form: if output.json { Form::Json } else { Form::Text },
            detail: match (output.quiet, output.verbose) {
                (true, _) => Detail::Quiet,
                (_, true) => Detail::Verbose,
                _ => Detail::Normal,
            },
            color: if colored { Color::On } else { Color::Off },
        }
    }

    /// Prints a result: the document for a script, or the text for a person.
    pub(super) fn answer(&self, json: impl FnOnce() -> Value, text: impl FnOnce() -> String) {
        let text = match self.form {
            Form::Json => format!("{}\n", json()),
            Form::Text => text(),
        };
        // If the reader closed the pipe, it has what it wanted; the work is done and recorded.
        let mut out = io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Prints a line about a step, for a person.
    pub(super) fn note(&self, line: &str) {
        if self.form == Form::Text && self.detail != Detail::Quiet {
            // One write, so that lines of several processes do not mix.
            let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
        }
    }

    /// Prints a line only with `--verbose`.
    pub(super) fn more(&self, line: &str) {
        if self.detail == Detail::Verbose {
            self.note(line);
        }
    }

    /// Prints a warning, for a person.
    fn warn(&self, warning: &dyn Display) {
        if self.form == Form::Text {
            let text = format!("{} {warning}\n", self.color.paint("1;33", "warning:"));
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }

    /// Prints an error and returns the exit code.
    pub(super) fn failure(&self, error: &Error) -> ExitStatus {
        self.report(&ErrorReport::from(error))
    }

    /// Prints a report and returns the exit code.
    pub(super) fn report(&self, report: &ErrorReport) -> ExitStatus {
        match self.form {
            Form::Json => self.answer(|| report.json(), String::new),
            Form::Text => {
                let _ = io::stderr().write_all(report.human(self.color).as_bytes());
            }
        }
        report.exit
    }

    /// Asks a question that only `yes` confirms. Without a terminal, the answer is no.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`] if a signal arrives before the answer.
    pub(super) fn asks(&self, question: &str) -> Result<bool, Error> {
        if self.form == Form::Json || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(false);
        }
        let _ = io::stderr().write_all(format!("{question} [yes/no] ").as_bytes());
        let answer = answer()?;
        if !answer.ends_with('\n') {
            // If the input ends without a line, the cursor is still on the line of the question.
            let _ = io::stderr().write_all(b"\n");
        }
        Ok(answer.trim() == "yes")
    }
}

/// Reads a line. If signals are caught, a signal does not end a read, so another thread reads.
fn answer() -> Result<String, Error> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut answer = String::new();
        // Input that can't be read is not a confirmation.
        let _ = io::stdin().lock().read_line(&mut answer);
        let _ = sender.send(answer);
    });
    loop {
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(answer) => return Ok(answer),
            Err(_) if signals::flag().load(Ordering::Relaxed) => {
                let _ = io::stderr().write_all(b"\n");
                return Err(Error::Interrupted { done: Vec::new() });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(String::new()),
        }
    }
}

impl Observer for Ui {
    fn step_started(&mut self, step: &StepReport) {
        signals::run_started();
        if self.form == Form::Json || self.detail == Detail::Quiet {
            return;
        }
        let from = place(&step.down_revisions);
        let direction = self.color.paint("1;32", step.direction);
        self.note(&match step.direction {
            "upgrade" => format!(
                "{direction} {from} -> {}",
                titled(&step.revision, &step.message)
            ),
            _ => {
                let to = titled(&from, &step.message);
                format!("{direction} {} -> {to}", step.revision)
            }
        });
    }

    fn step_finished(&mut self, step: &StepReport) {
        let shown_lines = match self.detail {
            Detail::Verbose => step.skipped.len(),
            _ => step.skipped.len().min(SKIPPED_LINES),
        };
        let (first, more) = step.skipped.split_at(shown_lines);
        for line in first {
            self.note(&format!("    skipped: {}", printable(line)));
        }
        if !more.is_empty() {
            self.note(&format!("    skipped: {} more; `-v` shows all", more.len()));
        }
        let took = shown(step.elapsed);
        self.more(&format!("    {} took {took}", step.revision));
    }

    fn progress_listener(&mut self, _: &StepReport) -> Option<ProgressListener> {
        if self.form == Form::Json || self.detail == Detail::Quiet {
            return None;
        }
        let ui = *self;
        let terminal = io::stderr().is_terminal();
        let mut last = Instant::now();
        Some(Box::new(move |progress| match (terminal, progress.state) {
            // A log is read later, so it gets few lines and no updates.
            (false, ProgressState::Running) if last.elapsed() < SELDOM => {}
            (false, _) => {
                last = Instant::now();
                ui.note(&format!("    {progress}"));
            }
            // One line, which is rewritten for each update and removed at the end.
            (true, ProgressState::Running) => {
                let _ = io::stderr().write_all(format!("\r\u{1b}[2K    {progress}").as_bytes());
            }
            (true, ProgressState::Ended) => {
                let _ = io::stderr().write_all(b"\r\x1b[2K");
            }
        }))
    }

    fn lock_wait_listener(&mut self, _: &StepReport) -> Option<LockWaitListener> {
        let ui = *self;
        Some(Box::new(move |wait| ui.warn(wait)))
    }

    fn warning(&mut self, warning: &Warning) {
        self.warn(warning);
    }
}

/// Returns a duration as text.
pub(super) fn shown(elapsed: Duration) -> String {
    match elapsed.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{} ms", elapsed.as_millis()),
        seconds => format!("{seconds:.1} s"),
    }
}

/// Returns a number of bytes as text: `812 bytes`, `1.2 MB`.
pub(super) fn sized(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    // One digit after the point is shown, so the loss of precision does not matter.
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// Returns the heads of a database in one line, or `?` if they are not known.
pub(super) fn heads_line(heads: Option<&[String]>) -> String {
    match heads {
        Some(heads) => place(&heads.iter().map(|head| printable(head)).collect::<Vec<_>>()),
        None => "?".to_owned(),
    }
}

/// Returns ` at a1b2`, or an empty string if the heads are not known.
pub(super) fn at_heads(heads: Option<&[String]>) -> String {
    heads.map_or_else(String::new, |_| format!(" at {}", heads_line(heads)))
}

/// Returns the number of revisions with its noun.
pub(super) fn counted(count: usize) -> String {
    migrate_engine::error::counted(count, "revision")
}

/// Returns ids in one line, or `base` if there are none.
pub(super) fn place(ids: &[String]) -> String {
    if ids.is_empty() {
        "base".to_owned()
    } else {
        ids.join(", ")
    }
}
