//! The command line: arguments -> a command, and its result -> an exit code.

use std::ffi::OsString;
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::command::Command;
use crate::exit::Exit;
use crate::report::Report;
use crate::ui::{Form, Ui};

/// Migrations for Rust, checked by the compiler
///
/// Revision files are Rust modules in `src/migrations`. Commands about files need no build; commands about a database
/// build the application's own runner and run it.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-migrate",
    bin_name = "cargo migrate",
    version,
    disable_help_subcommand = true,
    after_help = "Targets: head, heads, base, a revision id or 4 and more of its first characters, +N, -N, ID+N, ID-N, \
                  LABEL@head, LABEL@base, LABEL@+N, LABEL@ID"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Global {
    /// Package whose revisions are meant
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        help_heading = "Project"
    )]
    pub(crate) package: Option<String>,

    /// Path of the package's Cargo.toml
    #[arg(long, global = true, value_name = "PATH", help_heading = "Project")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// Print one JSON document and nothing else
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,

    /// Print answers only
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub(crate) quiet: bool,

    /// Print every detail
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) verbose: bool,

    /// When to print colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: Color,
}

/// When to print colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    fn choice(self) -> ColorChoice {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }

    /// Returns the word of the option.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

impl Global {
    fn ui(&self) -> Ui {
        let form = match (self.json, self.quiet) {
            (true, _) => Form::Json,
            (false, true) => Form::Quiet,
            (false, false) => Form::Text,
        };
        Ui {
            form,
            color: self.color.choice(),
        }
    }
}

/// Runs the command that the process was started with.
pub(crate) fn run(arguments: Vec<OsString>) -> Exit {
    let arguments = without_subcommand_name(arguments);
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => {
            let ui = cli.global.ui();
            match cli.command.run(&cli.global) {
                Ok(answer) => ui.answer(&*answer),
                Err(report) => ui.failure(&report),
            }
        }
        Err(error) => refused(&error, &arguments),
    }
}

/// Returns clap's description of the whole command line.
pub(crate) fn description() -> clap::Command {
    Cli::command()
}

/// Cargo starts `cargo migrate …` as `cargo-migrate migrate …`.
fn without_subcommand_name(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "migrate") {
        arguments.remove(1);
    }
    arguments
}

fn refused(error: &clap::Error, arguments: &[OsString]) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that went away has what it wanted.
            let _ = error.print();
            return Exit::Done;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !wants_json(arguments) => {
            let _ = error.print();
            return Exit::Usage;
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

/// What `--color` says in a command line that was refused as a whole.
fn color_of(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    match words.find_map(|word| word.strip_prefix("--color=")) {
        Some("never") => ColorChoice::Never,
        Some("always") => ColorChoice::Always,
        _ => ColorChoice::Auto,
    }
}

/// clap's words in the shape of every other failure: message, usage, tip.
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
            report = report.why(format!("usage: {usage}"));
        } else if let Some(tip) = paragraph.strip_prefix("tip: ") {
            help.get_or_insert(tip.to_owned());
        }
    }
    report.help(help.unwrap_or_else(|| "add `--help` for the options there are".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        description().debug_assert();
    }
}
