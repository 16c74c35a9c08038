//! Implements the runner's `diff` command.

use serde_json::{Value, json};

use crate::autogenerate;
use crate::backend::Backend;
use crate::diff::Difference;
use crate::error::Error;
use crate::exit::Exit;
use crate::migrations::Migrations;
use crate::words::{self, Sides};

use super::args::Global;
use super::database;
use super::ui::Ui;

/// The names of the two sides of a drift.
pub(super) const DRIFT: Sides<'static> = Sides {
    from: "the revisions",
    to: "the database",
};

/// Show how the database differs from the schema its revisions produce
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    _: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let near = database::named(global)?;
    let Some(mut client) = database::open_to_read(migrations, global)? else {
        ui.note(database::MISSING);
        ui.answer(|| document::<B>(&Difference::default(), DRIFT), String::new);
        return Ok(Exit::Done);
    };
    let difference = autogenerate::drift(migrations, &mut client, near.as_deref())?;
    ui.answer(
        || document::<B>(&difference, DRIFT),
        || text::<B>(&difference, DRIFT),
    );
    if difference.is_empty() {
        ui.note("no difference: the database has the schema that its revisions build");
    }
    Ok(Exit::Done)
}

/// Returns a difference as JSON.
pub(super) fn document<B: Backend>(difference: &Difference, sides: Sides<'_>) -> Value {
    let lines = words::lines::<B>(difference, sides);
    let operations = difference
        .operations
        .iter()
        .map(|operation| operation.title());
    json!({
        "from": sides.from,
        "to": sides.to,
        "differences": lines,
        "operations": operations.collect::<Vec<_>>(),
    })
}

/// Returns a difference as text, one line for each operation.
pub(super) fn text<B: Backend>(difference: &Difference, sides: Sides<'_>) -> String {
    words::lines::<B>(difference, sides)
        .iter()
        .map(|line| format!("{line}\n"))
        .collect()
}
