//! Every print of the command. The rest of the crate returns data.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::answer::Answer;
use crate::cli::Global;
use crate::exit::Exit;
use crate::report::Report;

/// The looks of what is printed; streams that show no colour drop them.
pub(crate) mod style {
    use anstyle::{AnsiColor, Style};

    /// The word before a failure.
    pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
    /// Where and why.
    pub(crate) const PLACE: Style = AnsiColor::Blue.on_default().bold();
    /// What to do next.
    pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();
    /// A revision's id.
    pub(crate) const REVISION: Style = AnsiColor::Yellow.on_default();
    /// Labels and marks of a revision.
    pub(crate) const MARK: Style = AnsiColor::Green.on_default();
    /// A word about what was done.
    pub(crate) const DONE: Style = AnsiColor::Green.on_default().bold();
}

/// How answers and failures are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    /// In which form.
    pub(crate) form: Form,
    /// With or without colour.
    pub(crate) color: ColorChoice,
}

/// The form of everything that is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text for people.
    Text,
    /// Text for people, without stories of what was done.
    Quiet,
    /// One JSON document on standard output and nothing else there.
    Json,
}

impl Ui {
    /// Prints what a command found or did.
    pub(crate) fn answer(self, answer: &dyn Answer) -> Exit {
        let text = match self.form {
            Form::Text => answer.text(),
            Form::Quiet => answer.quiet_text(),
            Form::Json => format!("{}\n", answer.json()),
        };
        let written = write_all(AutoStream::new(io::stdout().lock(), self.color), &text);
        if written.is_ok() {
            answer.exit()
        } else {
            Exit::Problem
        }
    }

    /// Prints a failure.
    pub(crate) fn failure(self, report: &Report) -> Exit {
        // A stream that can't take the message can't take word of that either; the exit code still tells.
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

/// Writes `text` at once. A reader that went away, as `head` does, has what it wanted.
fn write_all(mut stream: impl Write, text: &str) -> io::Result<()> {
    let written = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // The one failure that has no stream of its own left is told on the other.
            let _ = writeln!(
                io::stderr(),
                "error: can't write to standard output: {error}"
            );
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Returns whether a person is there to be asked.
pub(crate) fn can_ask(global: &Global) -> bool {
    let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    !global.json && !is_ci && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a person for yes or no, says what each means, and asks again until it is one of them. Ctrl-C ends the process.
///
/// # Errors
///
/// A report if the input ends without an answer.
pub(crate) fn confirm(question: &str, [yes, no]: &[String; 2]) -> Result<bool, Report> {
    let mut ask = format!("{question}\n  yes: {yes}\n  no:  {no}\n[yes/no] ");
    loop {
        let _ = io::stderr().write_all(ask.as_bytes());
        let mut answer = String::new();
        let count = io::stdin().read_line(&mut answer).unwrap_or(0);
        match answer.trim() {
            "yes" | "y" => return Ok(true),
            "no" | "n" => return Ok(false),
            _ if count == 0 => {
                let _ = io::stderr().write_all(b"\n");
                return Err(Report::new("interrupted", "no answer was given")
                    .why("nothing was written")
                    .help("run the command again, or answer with `--rename` and `--no-rename`"));
            }
            _ => "yes or no? ".clone_into(&mut ask),
        }
    }
}

/// Makes a panic say that it is our bug; the process then exits with 101.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = format!(
            "error: this is a bug of `cargo migrate` {}: {panic}\n help: please report it with the command line and the revision files' headers\n",
            env!("CARGO_PKG_VERSION"),
        );
        let _ = io::stderr().write_all(crate::redact::redact(&text).as_bytes());
    }));
}
