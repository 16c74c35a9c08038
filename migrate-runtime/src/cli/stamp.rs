//! Implements the runner's `stamp` command.

use migrate_graph::Target;
use serde_json::json;

use crate::autogenerate;
use crate::backend::Backend;
use crate::error::{Error, printable};
use crate::executor::{CutShort, Executor, Reporter, Stamped, Warning};
use crate::exit::Exit;
use crate::migrations::{Migrations, standing_at};
use crate::words;

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
    fn cut_short(&self) -> Option<(&str, CutShort)> {
        let applied = self.applied.as_deref().map(|id| (id, CutShort::Applied));
        let unapplied = self.unapplied.as_deref();
        applied.or(unapplied.map(|id| (id, CutShort::Unapplied)))
    }
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let targets = args
        .targets
        .iter()
        .map(|target| Target::parse(target))
        .collect::<Result<Vec<_>, _>>()?;
    let settings = global.settings(None);
    let mut client = database::open(migrations, global, || {
        standing_at(migrations, &targets).map(|_| ())
    })?;
    let executor = Executor::new(migrations, &settings);
    let stamped = match args.cut_short() {
        Some((revision, end)) => executor.settle(&mut client, revision, end)?,
        None => executor.stamp(&mut client, &targets, args.purge)?,
    };
    for id in &stamped.deleted {
        ui.note(&format!("no longer recorded: {}", printable(id)));
    }
    for id in &stamped.inserted {
        ui.note(&format!("recorded: {id}"));
    }
    let done = if stamped.inserted.is_empty() && stamped.deleted.is_empty() {
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
        ui.clone().warns(warning);
    }
    ui.answer(
        || {
            let warnings = warning.iter().map(upgrade::warning);
            json!({
                "inserted": stamped.inserted,
                "deleted": stamped.deleted,
                "current": stamped.heads,
                "warnings": warnings.collect::<Vec<_>>(),
            })
        },
        String::new,
    );
    Ok(Exit::Done)
}

/// Compares the database with the schema that the recorded revisions build, if a scratch database is available. The
/// result does not change the stamp.
fn difference<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    stamped: &Stamped,
    global: &Global,
    ui: &Ui,
) -> Option<Warning> {
    if stamped.heads.is_empty() {
        return None;
    }
    let near = database::named(global).ok()?;
    match autogenerate::drift(migrations, client, near.as_deref()) {
        Ok(difference) => (!difference.is_empty()).then(|| Warning::Differs {
            differences: words::lines::<B>(&difference, DRIFT),
        }),
        Err(error) => {
            ui.note(&format!(
                "not compared with the schema that the revisions build: {error}"
            ));
            None
        }
    }
}
