//! Options of every command, and command lines that make no sense.

use std::ffi::OsString;
use std::time::Duration;

use clap::error::ErrorKind;

use crate::executor::{Settings, Transaction};
use crate::exit::Exit;
use crate::report::Report;

use super::ui::Ui;

/// Options of every command.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Global {
    /// Database to work on [default: DATABASE_URL of the environment or of .env]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database_url: Option<OsString>,

    /// How long to wait for another process that migrates
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(super) wait: Duration,

    /// Print one JSON document and nothing else
    #[arg(long, global = true, help_heading = "Output")]
    pub(super) json: bool,

    /// Print answers only
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

    /// When to print colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(super) color: When,
}

/// When to print colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How many revisions share a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TransactionArg {
    /// Commit each revision by itself
    Each,
    /// Commit all or nothing
    Single,
}

impl Global {
    /// Returns the executor's settings; its runs end between two revisions once a signal is listened to.
    pub(super) fn settings(&self, transaction: Option<TransactionArg>) -> Settings {
        Settings::new()
            .stop_when(super::signals::flag())
            .wait(self.wait)
            .transaction(match transaction {
                None => Transaction::Shared,
                Some(TransactionArg::Each) => Transaction::Each,
                Some(TransactionArg::Single) => Transaction::Single,
            })
    }
}

/// Reads a number of seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is expected".to_owned())?;
    Duration::try_from_secs_f64(number)
        .map_err(|_| "a number of seconds from 0 up is expected".to_owned())
}

/// Tells about a command line that makes no sense, in the shape of every other error.
pub(super) fn without_clap_words(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let json = arguments.iter().any(|argument| argument == "--json");
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that went away has what it wanted.
            let _ = error.print();
            return Exit::Done;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !json => {
            let _ = error.print();
            return Exit::Usage;
        }
        _ => {}
    }
    let ui = Ui::new(&Global {
        json,
        ..Global::default()
    });
    ui.report(&report(error))
}

fn report(error: &clap::Error) -> Report {
    let text = error.render().to_string();
    let mut paragraphs = text
        .split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let first = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "no command was given".to_owned(),
        _ => paragraphs.next().unwrap_or_default(),
    };
    let mut report = Report::usage(first.strip_prefix("error: ").unwrap_or(&first));
    for paragraph in paragraphs {
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            report.why.push(format!("usage: {usage}"));
        } else if let Some(tip) = paragraph.strip_prefix("tip: ") {
            report.help = Some(tip.to_owned());
        }
    }
    report
}
