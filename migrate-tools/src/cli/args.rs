//! The options of every command, and errors in the command line.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::ErrorKind;
use migrate_cli::{LockTimeout, Output, TransactionScope};

use crate::error_report::ErrorReport;
use migrate_engine::executor::{RunOptions, TransactionMode};
use migrate_engine::exit::ExitStatus;

use super::ui::Ui;

/// The options of every command.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Global {
    /// Database URL [default: DATABASE_URL, then `.env`]
    #[arg(long, global = true, value_name = "URL", help_heading = "Database")]
    pub(super) database_url: Option<OsString>,

    #[command(flatten)]
    pub(super) lock: LockTimeout,

    #[command(flatten)]
    pub(super) output: Output,
}

impl Global {
    /// Returns the settings of the executor. Once signals are caught, its runs end between two revisions.
    pub(super) fn run_options(&self, transaction: Option<TransactionScope>) -> RunOptions {
        RunOptions::new()
            .stop_when(super::signals::flag())
            .wait(self.lock.lock_timeout)
            .transaction(match transaction {
                None => TransactionMode::Auto,
                Some(TransactionScope::PerRevision) => TransactionMode::PerRevision,
                Some(TransactionScope::Single) => TransactionMode::Single,
            })
    }
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
    let ui = Ui::new(&Output {
        json,
        ..Output::default()
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
    let nested = migrate_cli::nested_command(&super::Cli::command(), error);
    if let Some(name) = nested {
        report.help = Some(format!("run `{name}`"));
    }
    report
}
