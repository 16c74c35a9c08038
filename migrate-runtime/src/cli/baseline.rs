//! Implements the runner's `baseline` command.

use migrate_cli::Adopt;
use migrate_graph::Target;
use serde_json::json;

use crate::backend::Backend;
use crate::baseline::{Mapping, Plan, Proof, baseline};
use crate::error::Error;
use crate::exit::Exit;
use crate::migrations::Migrations;

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
) -> Result<Exit, Error> {
    let args = &args.adopt;
    let targets = args.targets.iter().map(|target| Target::parse(target));
    let plan = Plan {
        targets: targets.collect::<Result<_, _>>()?,
        mapping: if args.match_by_order {
            Mapping::ByOrder
        } else {
            Mapping::ById
        },
        proof: if args.allow_drift {
            Proof::ToldOnly
        } else {
            Proof::Required
        },
    };
    let mut client = database::open_existing(migrations, global)?.ok_or(Error::NoDatabase)?;
    let near = database::url(global)?;
    let settings = global.settings(None);
    let done = baseline(migrations, &mut client, &settings, Some(&near), &plan)?;
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
    for id in &done.recorded {
        ui.note(&format!("recorded: {id}"));
    }
    ui.note(&format!("now at {}; nothing was run", place(&done.heads)));
    ui.answer(
        || {
            json!({
                "tool": done.tool.map(|tool| tool.name()),
                "recorded": done.recorded,
                "current": done.heads,
                "differences": done.differences,
            })
        },
        String::new,
    );
    Ok(Exit::Done)
}
