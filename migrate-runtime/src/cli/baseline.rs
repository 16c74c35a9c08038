//! Implements the runner's `baseline` command.

use migrate_graph::Target;
use serde_json::json;

use crate::backend::Backend;
use crate::baseline::{VersionMatching, BaselineOptions, OnDifference, adopt};
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::{Ui, place};

/// Start tracking an existing database, without running anything
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Revision the database is at [default: from the other tool's history, otherwise all heads]
    targets: Vec<String>,

    /// Match the other tool's migrations with the revisions by order instead of by id
    #[arg(long)]
    by_order: bool,

    /// Record the revisions even if they produce a different schema
    #[arg(long)]
    accept_differences: bool,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let targets = args.targets.iter().map(|target| Target::parse(target));
    let plan = BaselineOptions {
        targets: targets.collect::<Result<_, _>>()?,
        matching: if args.by_order {
            VersionMatching::ByOrder
        } else {
            VersionMatching::ById
        },
        on_difference: if args.accept_differences {
            OnDifference::Warn
        } else {
            OnDifference::Reject
        },
    };
    let mut client = database::open_existing(migrations, global)?.ok_or(Error::DatabaseNotFound)?;
    let scratch_server = database::url(global)?;
    let options = global.run_options(None);
    let done = adopt(migrations, &mut client, &options, Some(&scratch_server), &plan)?;
    if let Some(tool) = done.tool {
        ui.note(&format!(
            "imported the history of {}; its table `{}` is kept",
            tool.name(),
            tool.table()
        ));
    }
    for difference in &done.differences {
        ui.note(&format!("accepted difference: {difference}"));
    }
    for id in &done.added {
        ui.note(&format!("recorded: {id}"));
    }
    ui.note(&format!("now at {}; nothing was run", place(&done.heads)));
    ui.answer(
        || {
            json!({
                "tool": done.tool.map(|tool| tool.name()),
                "recorded": done.added,
                "current": done.heads,
                "differences": done.differences,
            })
        },
        String::new,
    );
    Ok(ExitStatus::Success)
}
