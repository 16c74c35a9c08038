//! Implements the runner's `merge-check` command.

use migrate_graph::RevisionId;
use serde_json::{Value, json};

use crate::merge_check::{Conflict, MergeCheck, check_both_orders};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::Ui;

/// Run branches in both orders on scratch databases, as `cargo migrate merge` does
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    /// The heads of the branches
    #[arg(value_name = "REV", required = true, num_args = 2..)]
    heads: Vec<String>,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let graph = migrations.graph()?;
    let named = args.heads.iter().map(|name| graph.resolve_name(name));
    let heads: Vec<RevisionId> = named.map(|id| id.cloned()).collect::<Result<_, _>>()?;
    let scratch_server = database::named(global)?;
    let check = match check_both_orders(migrations, scratch_server.as_deref(), &heads) {
        Err(missing @ Error::ScratchUnavailable { .. }) => {
            ui.note(&format!("the orders were not checked: {missing}"));
            ui.answer(|| unavailable(&missing), String::new);
            return Ok(ExitStatus::Success);
        }
        check => check?,
    };
    for note in &check.notes {
        ui.note(&format!("note: {note}"));
    }
    ui.answer(
        || document(&check),
        || check.conflicts.iter().map(text).collect(),
    );
    match check.conflicts.is_empty() {
        true => Ok(ExitStatus::Success),
        false => Ok(ExitStatus::Findings),
    }
}

fn text(conflict: &Conflict) -> String {
    let mut text = format!("found: `{}` conflict\n", conflict.heads.join("` and `"));
    for side in &conflict.sides {
        let line = side
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        text.push_str(&format!(
            "  `{}`: {} ({}{line})\n",
            side.revision, side.operation, side.file
        ));
    }
    for problem in &conflict.problems {
        text.push_str(&format!("  {problem}\n"));
    }
    text
}

fn document(check: &MergeCheck) -> Value {
    let conflicts = check.conflicts.iter().map(|conflict| {
        let sides = conflict.sides.iter().map(|side| {
            json!({
                "revision": side.revision,
                "file": side.file,
                "line": side.line,
                "operation": side.operation,
            })
        });
        json!({
            "heads": conflict.heads,
            "operations": sides.collect::<Vec<_>>(),
            "problems": conflict.problems,
        })
    });
    json!({
        "checked_orders": check.checked_orders,
        "conflicts": conflicts.collect::<Vec<_>>(),
        "notes": check.notes,
    })
}

fn unavailable(missing: &Error) -> Value {
    let reason = match missing.help() {
        Some(help) => format!("{missing}; {help}"),
        None => missing.to_string(),
    };
    json!({ "checked_orders": [], "conflicts": [], "notes": [], "skipped_reason": reason })
}
