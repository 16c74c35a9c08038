//! Implements the runner's `history` command.

use migrate_cli::revision_document;
use migrate_graph::history::{self, Entry};
use migrate_graph::{Anchor, Range, Target};
use serde_json::json;

use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, KnownState, State};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::{Detail, Ui};

/// List the revisions, newest first
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Range of revisions to list; each end is a target and can be omitted
    #[arg(
        short,
        long,
        value_name = "FROM:TO",
        default_value = ":",
        allow_hyphen_values = true,
        hide_default_value = true
    )]
    rev_range: String,

    /// Mark the revisions that the database has applied
    #[arg(short, long)]
    indicate_current: bool,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let range = Range::parse(&args.rev_range)?;
    let needs_state =
        args.indicate_current || needs_database(&range.lower) || needs_database(&range.upper);
    let options = global.run_options(None);
    let executor = Executor::new(migrations, &options);
    let state = match needs_state {
        true => database::look(&executor, global, ui)?,
        false => State::default(),
    };
    let KnownState { graph, applied } = executor.known_of(&state)?;
    let graph = &*graph;
    let ids = migrate_graph::range(graph, &range, &applied)?;
    let shown = args.indicate_current.then_some(&applied);
    let entries = history::entries(graph, &ids, shown);
    ui.answer(
        || json!({ "revisions": entries.iter().map(revision_document).collect::<Vec<_>>() }),
        || {
            entries
                .iter()
                .map(|entry| format!("{}\n", line(entry, ui.detail)))
                .collect()
        },
    );
    Ok(ExitStatus::Success)
}

/// An offset without an id is counted from the other end of the range, which may be `current`.
fn needs_database(target: &Target) -> bool {
    target.anchor == Some(Anchor::Current) || (target.anchor.is_none() && target.offset.is_some())
}

fn line(entry: &Entry<'_>, detail: Detail) -> String {
    if detail == Detail::Verbose {
        entry.verbose()
    } else {
        entry.to_string()
    }
}
