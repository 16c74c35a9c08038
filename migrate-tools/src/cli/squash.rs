//! Implements `squash`, which `cargo migrate squash` runs to get the text of the new revision and then to check it.

use migrate_graph::RevisionId;
use serde_json::{Value, json};

use crate::squash::{FoldMode, SquashPlan, check_equivalence, plan};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::Ui;

/// Combine several revisions into one, or check that the one does the same
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Args {
    /// The revisions of the range, oldest first
    #[arg(value_name = "REV", required_unless_present = "prove")]
    members: Vec<String>,

    /// Keep each operation as it is
    #[arg(long)]
    as_written: bool,

    /// Run the revisions that this one replaces, and this one, and compare the results
    #[arg(long, value_name = "REV", conflicts_with = "members")]
    prove: Option<String>,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let graph = migrations.graph()?;
    let scratch_server = database::named(global)?;
    if let Some(name) = &args.prove {
        let problems = check_equivalence(
            migrations,
            scratch_server.as_deref(),
            graph.resolve_name(name)?,
        )?;
        ui.answer(|| json!({ "problems": problems }), || problems.join("\n"));
        return Ok(match problems.is_empty() {
            true => ExitStatus::Success,
            false => ExitStatus::Findings,
        });
    }
    let members = args
        .members
        .iter()
        .map(|name| graph.resolve_name(name).cloned());
    let members: Vec<RevisionId> = members.collect::<Result<_, _>>()?;
    let fold = match args.as_written {
        true => FoldMode::Nothing,
        false => FoldMode::Tables,
    };
    let squashed = plan(migrations, scratch_server.as_deref(), &members, fold)?;
    ui.answer(|| document(&squashed), || squashed.bodies().up);
    Ok(ExitStatus::Success)
}

fn document(squashed: &SquashPlan) -> Value {
    let bodies = squashed.bodies();
    let operations = squashed.operations.iter();
    let refused = squashed.unsupported.iter().map(|refused| {
        json!({
            "revision": refused.revision,
            "file": refused.file,
            "line": refused.line,
            "operation": refused.what,
        })
    });
    json!({
        "operations": operations.map(|one| json!({ "title": one.title() })).collect::<Vec<_>>(),
        "up": bodies.up,
        "down": bodies.down,
        "irreversible": squashed.irreversible,
        "transaction": squashed.transaction,
        "unsupported": refused.collect::<Vec<_>>(),
    })
}
