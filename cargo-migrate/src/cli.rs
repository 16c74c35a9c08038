//! Parses the command line, runs the command, and converts its result to an exit code.
//!
//! It must not contain the logic of a command.

use std::ffi::OsString;

use crate::command::Command;
use crate::exit::ExitStatus;
use crate::global::Global;
use crate::report::Report;
use crate::ui::{Form, Ui};
use anstream::ColorChoice;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

/// Schema migrations for Rust, checked by the compiler
///
/// Each revision is a Rust module in `src/migrations`. Commands that only read files need no build. Commands that need
/// a database build and run the application's own runner.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-migrate",
    bin_name = "cargo migrate",
    version,
    disable_help_subcommand = true,
    after_help = "Targets: head, heads, base, a revision id or at least 4 of its first characters, +N, -N, ID+N, ID-N, \
                  LABEL@head, LABEL@base, LABEL@+N, LABEL@ID"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: Global,
}

/// Parses the arguments of the process and runs the command.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitStatus {
    let arguments = without_subcommand_name(arguments);
    match parse(&arguments) {
        Ok(cli) => {
            let ui = Ui::new(cli.global.output());
            match cli.command.run(&cli.global, description) {
                Ok(answer) => ui.print_output(&*answer),
                Err(report) => ui.failure(&report),
            }
        }
        Err(error) => refused(&error, &arguments),
    }
}

fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = crate::help::grouped(description());
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Returns clap's definition of the command line.
pub(crate) fn description() -> clap::Command {
    Cli::command()
}

/// Returns the arguments without the first `migrate`: Cargo runs `cargo migrate …` as `cargo-migrate migrate …`.
fn without_subcommand_name(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "migrate") {
        arguments.remove(1);
    }
    arguments
}

fn refused(error: &clap::Error, arguments: &[OsString]) -> ExitStatus {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe is not an error: the reader has enough output.
            let _ = error.print();
            return ExitStatus::Success;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !wants_json(arguments) => {
            let _ = error.print();
            return ExitStatus::Usage;
        }
        _ => {}
    }
    let form = if wants_json(arguments) {
        Form::Json
    } else {
        Form::Text
    };
    Ui {
        form,
        color: color_of(arguments),
    }
    .failure(&usage_report(error))
}

fn wants_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json")
}

/// Returns the value of `--color` in an invalid command line.
fn color_of(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    match words.find_map(|word| word.strip_prefix("--color=")) {
        Some("never") => ColorChoice::Never,
        Some("always") => ColorChoice::Always,
        _ => ColorChoice::Auto,
    }
}

/// Converts clap's error to a report with the message, the usage and the tip.
fn usage_report(error: &clap::Error) -> Report {
    let text = error.render().to_string();
    let mut paragraphs = text
        .split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let first = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "no command was given".to_owned(),
        _ => paragraphs.next().unwrap_or_default(),
    };
    let mut report = Report::usage(first.trim_start_matches("error: "));
    let mut help = None;
    for paragraph in paragraphs {
        if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            report = report.note(format!("usage: {usage}"));
        } else if let Some(tip) = paragraph.strip_prefix("tip: ") {
            help.get_or_insert(tip.to_owned());
        }
    }
    let nested = migrate_cli::nested_command(&description(), error);
    let help = nested
        .map(|name| format!("run `cargo migrate {name}`"))
        .or(help);
    report.help(help.unwrap_or_else(|| "pass `--help` to list the options".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        description().debug_assert();
    }
}
