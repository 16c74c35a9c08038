//! The options of every command, and errors in the command line.

use std::ffi::OsString;
use std::time::Duration;

use clap::error::ErrorKind;

use crate::executor::{RunOptions, TransactionMode};
use crate::exit::ExitStatus;
use crate::error_report::ErrorReport;

use super::ui::Ui;

/// The options of every command.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Global {
    /// Database URL [default: DATABASE_URL, then `.env`]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database_url: Option<OsString>,

    /// How long to wait for the migration lock
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(super) wait: Duration,

    /// Print one JSON document instead of text
    #[arg(long, global = true, help_heading = "Output")]
    pub(super) json: bool,

    /// Print only results and errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub(super) quiet: bool,

    /// Print every detail
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(super) verbose: bool,

    /// When to use color
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(super) color: When,
}

/// When to use color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum When {
    /// Only if the output is a terminal and NO_COLOR is not set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The scope of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TransactionArg {
    /// One transaction for each revision
    Each,
    /// One transaction for the whole run
    Single,
}

impl Global {
    /// Returns the settings of the executor. Once signals are caught, its runs end between two revisions.
    pub(super) fn run_options(&self, transaction: Option<TransactionArg>) -> RunOptions {
        RunOptions::new()
            .stop_when(super::signals::flag())
            .wait(self.wait)
            .transaction(match transaction {
                None => TransactionMode::Auto,
                Some(TransactionArg::Each) => TransactionMode::PerRevision,
                Some(TransactionArg::Single) => TransactionMode::Single,
            })
    }
}

/// Reads a number of seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number)
        .map_err(|_| "expected a number of seconds that is 0 or more".to_owned())
}

/// Reports an error in the command line in the format of every other error.
pub(super) fn without_clap_words(error: &clap::Error, arguments: &[OsString]) -> ExitStatus {
    let json = arguments.iter().any(|argument| argument == "--json");
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // If the reader closed the pipe, it has what it wanted.
            let _ = error.print();
            return ExitStatus::Success;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !json => {
            let _ = error.print();
            return ExitStatus::Usage;
        }
        _ => {}
    }
    let ui = Ui::new(&Global {
        json,
        ..Global::default()
    });
    ui.report(&report(error))
}

fn report(error: &clap::Error) -> ErrorReport {
    let text = error.render().to_string();
    let mut paragraphs = text
        .split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let first = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "no command was given".to_owned(),
        _ => paragraphs.next().unwrap_or_default(),
    };
    let mut report = ErrorReport::usage(first.strip_prefix("error: ").unwrap_or(&first));
    for paragraph in paragraphs {
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            report.notes.push(format!("usage: {usage}"));
        } else if let Some(tip) = paragraph.strip_prefix("tip: ") {
            report.help = Some(tip.to_owned());
        }
    }
    report
}
