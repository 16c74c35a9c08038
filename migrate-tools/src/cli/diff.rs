//! Implements the runner's `diff` command.

use serde_json::{Value, json};

use crate::autogenerate;
use crate::describe::{self, SchemaLabels};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;
use migrate_schema::diff::SchemaDiff;

use super::args::Global;
use super::database;
use super::ui::Ui;

/// The names of the two sides of a drift.
pub(super) const DRIFT: SchemaLabels<'static> = SchemaLabels {
    from: "the revisions",
    to: "the database",
};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    _: &migrate_cli::Diff,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let scratch_server = database::named(global)?;
    let Some(mut client) = database::open_to_read(migrations, global)? else {
        ui.note(database::MISSING);
        ui.answer(|| document::<B>(&SchemaDiff::default(), DRIFT), String::new);
        return Ok(ExitStatus::Success);
    };
    let difference = autogenerate::drift(migrations, &mut client, scratch_server.as_deref())?;
    database::note_unmatched_ignores(migrations, &mut client, ui)?;
    ui.answer(
        || document::<B>(&difference, DRIFT),
        || text::<B>(&difference, DRIFT),
    );
    if difference.is_empty() {
        ui.note("no difference: the database has the schema that its revisions build");
        return Ok(ExitStatus::Success);
    }
    Ok(ExitStatus::Findings)
}

/// Returns a difference as JSON.
pub(super) fn document<B: Backend>(difference: &SchemaDiff, sides: SchemaLabels<'_>) -> Value {
    let lines = describe::describe_operations::<B>(difference, sides);
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
pub(super) fn text<B: Backend>(difference: &SchemaDiff, sides: SchemaLabels<'_>) -> String {
    describe::describe_operations::<B>(difference, sides)
        .iter()
        .map(|line| format!("{line}\n"))
        .collect()
}
