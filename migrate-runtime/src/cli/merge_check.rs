//! Implements the runner's `merge-check` command.

use migrate_graph::RevisionId;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::error::Error;
use crate::exit::Exit;
use crate::migrations::Migrations;
use crate::orders::{Clash, Tried, try_both};

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
) -> Result<Exit, Error> {
    let graph = migrations.graph()?;
    let named = args.heads.iter().map(|name| graph.resolve_name(name));
    let heads: Vec<RevisionId> = named.map(|id| id.cloned()).collect::<Result<_, _>>()?;
    let near = database::named(global)?;
    let tried = match try_both(migrations, near.as_deref(), &heads) {
        Err(missing @ Error::NoScratch { .. }) => {
            ui.note(&format!("not tried: {missing}"));
            ui.answer(|| not_tried(&missing), String::new);
            return Ok(Exit::Done);
        }
        tried => tried?,
    };
    for note in &tried.notes {
        ui.note(&format!("note: {note}"));
    }
    ui.answer(
        || document(&tried),
        || tried.clashes.iter().map(text).collect(),
    );
    match tried.clashes.is_empty() {
        true => Ok(Exit::Done),
        false => Ok(Exit::Found),
    }
}

fn text(clash: &Clash) -> String {
    let mut text = format!("found: `{}` conflict\n", clash.heads.join("` and `"));
    for side in &clash.sides {
        let line = side
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        text.push_str(&format!(
            "  `{}`: {} ({}{line})\n",
            side.revision, side.operation, side.file
        ));
    }
    for problem in &clash.problems {
        text.push_str(&format!("  {problem}\n"));
    }
    text
}

fn document(tried: &Tried) -> Value {
    let clashes = tried.clashes.iter().map(|clash| {
        let sides = clash.sides.iter().map(|side| {
            json!({
                "revision": side.revision,
                "file": side.file,
                "line": side.line,
                "operation": side.operation,
            })
        });
        json!({
            "heads": clash.heads,
            "operations": sides.collect::<Vec<_>>(),
            "problems": clash.problems,
        })
    });
    json!({
        "orders": tried.orders,
        "clashes": clashes.collect::<Vec<_>>(),
        "notes": tried.notes,
    })
}

fn not_tried(missing: &Error) -> Value {
    let why = json!({ "message": missing.to_string(), "help": missing.help() });
    json!({ "orders": [], "clashes": [], "notes": [], "not_tried": why })
}
