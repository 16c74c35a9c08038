//! Implements the runner's `stamp` command.

use migrate_graph::Target;
use serde_json::json;

use crate::autogenerate;
use crate::backend::Backend;
use crate::error::{Error, printable};
use crate::executor::{Resolution, Executor, Observer, StampReport, Warning};
use crate::exit::ExitStatus;
use crate::migrations::{Migrations, known_state_at};
use crate::describe;

use super::args::Global;
use super::database;
use super::diff::DRIFT;
use super::ui::{Ui, place};
use super::upgrade;

/// Record revisions as applied, without running them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Revisions the database has: one target, or one for each branch
    #[arg(required_unless_present_any = ["applied", "unapplied"], allow_negative_numbers = true)]
    targets: Vec<String>,

    /// First delete all recorded revisions, including unknown ones
    #[arg(long)]
    purge: bool,

    /// Mark an interrupted revision as applied: all its changes were made
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "purge", "unapplied"])]
    applied: Option<String>,

    /// Mark an interrupted revision as not applied: none of its changes remain
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "purge"])]
    unapplied: Option<String>,
}

impl Args {
    fn resolution(&self) -> Option<(&str, Resolution)> {
        let applied = self.applied.as_deref().map(|id| (id, Resolution::Applied));
        let unapplied = self.unapplied.as_deref();
        applied.or(unapplied.map(|id| (id, Resolution::RolledBack)))
    }
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let targets = args
        .targets
        .iter()
        .map(|target| Target::parse(target))
        .collect::<Result<Vec<_>, _>>()?;
    let options = global.run_options(None);
    let mut client = database::open(migrations, global, || {
        known_state_at(migrations, &targets).map(|_| ())
    })?;
    let executor = Executor::new(migrations, &options);
    let stamped = match args.resolution() {
        Some((revision, end)) => executor.resolve_unfinished(&mut client, revision, end)?,
        None => executor.stamp(&mut client, &targets, args.purge)?,
    };
    for id in &stamped.removed {
        ui.note(&format!("no longer recorded: {}", printable(id)));
    }
    for id in &stamped.added {
        ui.note(&format!("recorded: {id}"));
    }
    let done = if stamped.added.is_empty() && stamped.removed.is_empty() {
        "already"
    } else {
        "now"
    };
    ui.note(&format!(
        "{done} at {}; nothing was run",
        place(&stamped.heads)
    ));
    let warning = difference(migrations, &mut client, &stamped, global, ui);
    if let Some(warning) = &warning {
        ui.clone().warning(warning);
    }
    ui.answer(
        || {
            let warnings = warning.iter().map(upgrade::warning);
            json!({
                "inserted": stamped.added,
                "deleted": stamped.removed,
                "current": stamped.heads,
                "warnings": warnings.collect::<Vec<_>>(),
            })
        },
        String::new,
    );
    Ok(ExitStatus::Success)
}

/// Compares the database with the schema that the recorded revisions build, if a scratch database is available. The
/// result does not change the stamp.
fn difference<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    stamped: &StampReport,
    global: &Global,
    ui: &Ui,
) -> Option<Warning> {
    if stamped.heads.is_empty() {
        return None;
    }
    let scratch_server = database::named(global).ok()?;
    match autogenerate::drift(migrations, client, scratch_server.as_deref()) {
        Ok(difference) => (!difference.is_empty()).then(|| Warning::SchemaDrift {
            differences: describe::describe_operations(&difference, DRIFT),
        }),
        Err(error) => {
            ui.note(&format!(
                "not compared with the schema that the revisions build: {error}"
            ));
            None
        }
    }
}
