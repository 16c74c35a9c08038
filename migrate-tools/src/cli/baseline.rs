//! Implements the runner's `baseline` command.

use migrate_cli::Adopt;
use migrate_graph::Target;
use serde_json::json;

use crate::baseline::{BaselineOptions, OnDifference, VersionMatching, adopt};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::{Ui, place};

/// Start tracking an existing database, without running anything
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    adopt: Adopt,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let args = &args.adopt;
    let targets = args.targets.iter().map(|target| Target::parse(target));
    let plan = BaselineOptions {
        targets: targets.collect::<Result<_, _>>()?,
        matching: if args.match_by_order {
            VersionMatching::ByOrder
        } else {
            VersionMatching::ById
        },
        on_difference: if args.allow_drift {
            OnDifference::Warn
        } else {
            OnDifference::Reject
        },
    };
    let mut client = database::open_existing(migrations, global)?.ok_or(Error::DatabaseNotFound)?;
    let scratch_server = database::url(global)?;
    let options = global.run_options(None);
    let done = adopt(
        migrations,
        &mut client,
        &options,
        Some(&scratch_server),
        &plan,
    )?;
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
                "added": done.added,
                "current": done.heads,
                "differences": done.differences,
            })
        },
        String::new,
    );
    Ok(ExitStatus::Success)
}
