//! Implements the runner's `stamp` command.

use migrate_cli::Stamp;
use migrate_graph::{Applied, Resolved, Target};
use serde_json::json;

use crate::autogenerate;
use crate::describe;
use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, printable};
use migrate_engine::executor::{Executor, Observer, StampReport, Warning};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::{Migrations, known_state_at};

use super::args::Global;
use super::database;
use super::diff::DRIFT;
use super::ui::{Ui, place};
use super::upgrade;

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Stamp,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    if args.edited {
        return record_edits(migrations, args, global, ui);
    }
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
    let stamped = executor.stamp(&mut client, &targets, args.purge)?;
    report(migrations, &mut client, &stamped, global, ui);
    Ok(ExitStatus::Success)
}

/// Records the checksums of edited revisions.
fn record_edits<B: Backend>(
    migrations: &Migrations<B>,
    args: &Stamp,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let only = edited_revisions(migrations, &args.targets)?;
    let options = global.run_options(None);
    let mut client = database::open_existing(migrations, global)?.ok_or(Error::DatabaseNotFound)?;
    let executor = Executor::new(migrations, &options);
    let edited = executor.record_edits(&mut client, only.as_deref())?;
    for id in &edited {
        ui.note(&format!("recorded the current checksum: {id}"));
    }
    if edited.is_empty() {
        ui.note("nothing to do: no recorded checksum differs");
    }
    ui.answer(|| json!({ "edited": edited }), String::new);
    Ok(ExitStatus::Success)
}

/// Returns the revisions that targets name, or `None` without targets.
fn edited_revisions<B: Backend>(
    migrations: &Migrations<B>,
    targets: &[String],
) -> Result<Option<Vec<String>>, Error> {
    if targets.is_empty() {
        return Ok(None);
    }
    let graph = migrations.graph()?;
    let mut ids = Vec::new();
    for target in targets {
        let target = Target::parse(target)?;
        if let Resolved::Revisions(found) = graph.resolve(&target, &Applied::none(graph))? {
            ids.extend(found.iter().map(ToString::to_string));
        }
    }
    Ok(Some(ids))
}

/// Reports what was recorded, and warns if the database differs from it.
pub(super) fn report<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    stamped: &StampReport,
    global: &Global,
    ui: &Ui,
) {
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
    let warning = difference(migrations, client, stamped, global, ui);
    if let Some(warning) = &warning {
        ui.clone().warning(warning);
    }
    ui.answer(
        || {
            let warnings = warning.iter().map(upgrade::warning);
            json!({
                "added": stamped.added,
                "removed": stamped.removed,
                "current": stamped.heads,
                "warnings": warnings.collect::<Vec<_>>(),
            })
        },
        String::new,
    );
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
            differences: describe::describe_operations::<B>(&difference, DRIFT),
        }),
        Err(error) => {
            ui.note(&format!(
                "not compared with the schema that the revisions build: {error}"
            ));
            None
        }
    }
}
