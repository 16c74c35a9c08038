//! The user interface, [`Ui`]: prints all output of the command, and asks for confirmation.
//!
//! No other module may print.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use migrate_cli::{Color, Output};

use crate::exit::ExitStatus;
use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;

/// The output of results and failures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    /// The output format.
    pub(crate) form: Form,
    /// The use of color.
    pub(crate) color: ColorChoice,
}

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text.
    Text,
    /// Text without progress messages.
    Quiet,
    /// One JSON document on standard output.
    Json,
}

impl Ui {
    /// Returns the output that these options request.
    pub(crate) fn new(options: &Output) -> Ui {
        let form = match (options.json, options.quiet) {
            (true, _) => Form::Json,
            (false, true) => Form::Quiet,
            (false, false) => Form::Text,
        };
        let color = match options.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Ui { form, color }
    }

    /// Prints the result of a command.
    pub(crate) fn print_output(self, answer: &dyn CommandOutput) -> ExitStatus {
        let text = match self.form {
            Form::Text => answer.text(),
            Form::Quiet => answer.quiet_text(),
            Form::Json => format!("{}\n", answer.json()),
        };
        let written = write_all(AutoStream::new(io::stdout().lock(), self.color), &text);
        if written.is_ok() {
            answer.exit()
        } else {
            ExitStatus::Failure
        }
    }

    /// Prints a failure.
    pub(crate) fn failure(self, report: &Report) -> ExitStatus {
        // If the message can't be written, neither can an error about it; the exit code still reports the failure.
        let _ = match self.form {
            Form::Json => write_all(
                AutoStream::new(io::stdout().lock(), self.color),
                &format!("{}\n", report.json()),
            ),
            _ => write_all(
                AutoStream::new(io::stderr().lock(), self.color),
                &report.text(),
            ),
        };
        report.exit()
    }
}

/// Writes `text` in one call. A closed pipe, as with `head`, is not an error.
fn write_all(mut stream: impl Write, text: &str) -> io::Result<()> {
    let written = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // A failure to write to standard output is reported on standard error.
            let _ = writeln!(
                io::stderr(),
                "error: can't write to standard output: {error}"
            );
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Returns whether the command runs interactively.
pub(crate) fn can_ask(global: &Global) -> bool {
    let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    !global.output().json && !is_ci && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks the user for yes or no, with their effects, until the input is one of them. Ctrl-C ends the process.
///
/// # Errors
///
/// A report if the input ends before yes or no.
pub(crate) fn confirm(prompt: &str, [yes, no]: &[String; 2]) -> Result<bool, Report> {
    let mut ask = format!("{prompt}\n  yes: {yes}\n  no:  {no}\n[yes/no] ");
    loop {
        let _ = io::stderr().write_all(ask.as_bytes());
        let mut answer = String::new();
        let count = io::stdin().read_line(&mut answer).unwrap_or(0);
        match answer.trim() {
            "yes" | "y" => return Ok(true),
            "no" | "n" => return Ok(false),
            _ if count == 0 => {
                let _ = io::stderr().write_all(b"\n");
                return Err(Report::new("not_confirmed", "no answer was given")
                    .note("nothing was written")
                    .help("run the command again, or pass `--rename` or `--no-rename`"));
            }
            _ => "yes or no? ".clone_into(&mut ask),
        }
    }
}

/// Makes a panic print a bug report message; the process then exits with 101.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = format!(
            "error: this is a bug in `cargo migrate` {}: {panic}\n help: please report it with the command line and the headers of the revision files\n",
            env!("CARGO_PKG_VERSION"),
        );
        let _ = io::stderr().write_all(crate::redact::redact(&text).as_bytes());
    }));
}
