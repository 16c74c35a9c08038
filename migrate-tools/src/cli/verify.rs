//! Implements the runner's `verify` command.

use migrate_cli::Verify;
use migrate_graph::{RevisionId, Target};
use serde_json::{Value, json};

use crate::describe::titled;
use crate::verify::{RevisionResult, RoundTrip, StartState, VerifyOptions, verify_with};
use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, printable};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::ui::{Ui, counted};
use super::{database, signals};

/// The options of `verify`, and those that only `cargo migrate` passes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    verify: Verify,

    /// Losses that revisions are allowed to cause: lines `REVISION:values=REASON`
    ///
    /// `cargo migrate verify` sets it from the `// verify: allow(values): why` comments of the revision files.
    #[arg(
        long,
        env = "MIGRATE_VERIFY",
        value_name = "LINES",
        default_value = "",
        hide_env_values = true,
        hide = true
    )]
    allow: String,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let verify_options = verify_options(migrations, args, global)?;
    // The first signal ends the command after the current revision, so that no copy is left behind.
    signals::listen();
    let mut all = Vec::new();
    let start = verify_with(
        migrations,
        &verify_options,
        &global.run_options(None),
        &mut |verified| {
            ui.note(&line(&verified));
            if let RoundTrip::KnownLoss { losses, .. } = &verified.round_trip {
                losses
                    .iter()
                    .for_each(|loss| ui.note(&format!("    {loss}")));
            }
            for warning in &verified.warnings {
                ui.note(&format!("    warning: {warning}"));
            }
            for note in &verified.notes {
                ui.more(&format!("    note: {note}"));
            }
            all.push(verified);
        },
    )?;
    if !start.downgraded.is_empty() {
        let revisions = start.downgraded.join(", ");
        ui.note(&format!("downgraded on the copy first: {revisions}"));
    }
    if let Some(line) = without_rows(&all) {
        ui.note(&line);
    }
    ui.note(&summary(&all, &start));
    ui.answer(|| document(&all, &start), || findings(&all));
    Ok(if all.iter().any(fails) {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

fn verify_options<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
) -> Result<VerifyOptions, Error> {
    let named = |name: &Option<String>| -> Result<Option<RevisionId>, Error> {
        let Some(name) = name else {
            return Ok(None);
        };
        // A revision inside a replaced range is also valid here: the revisions of the range are then run.
        let named = Target::parse(name)?;
        let graph = migrations.graph_towards(Some(&named))?;
        Ok(Some(graph.resolve_name(name)?.clone()))
    };
    let mut verify_options = VerifyOptions::new()
        .from(named(&args.verify.from)?)
        .to(named(&args.verify.to)?)
        // The server of the database that is named is also suitable for a scratch database.
        .scratch_server(database::url(global).ok())
        .allow_lines(&args.allow);
    verify_options.rows = args.verify.rows;
    verify_options.copy_of = args.verify.copy_of.clone();
    Ok(verify_options)
}

fn fails(verified: &RevisionResult) -> bool {
    matches!(verified.round_trip, RoundTrip::Failed { .. })
}

fn restores(verified: &RevisionResult) -> bool {
    verified.round_trip == RoundTrip::Passed
}

fn has_known_loss(verified: &RevisionResult) -> bool {
    matches!(verified.round_trip, RoundTrip::KnownLoss { .. })
}

/// Returns the tables that had no row in any revision; `-v` shows the reasons.
fn without_rows(all: &[RevisionResult]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for name in all.iter().flat_map(|verified| &verified.empty_tables) {
        let name = format!("`{}`", printable(name));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        format!(
            "verified without rows in {names}: no synthetic rows could be created (`-v` shows why)"
        )
    })
}

fn is_irreversible(verified: &RevisionResult) -> bool {
    matches!(verified.round_trip, RoundTrip::Irreversible { .. })
}

fn line(verified: &RevisionResult) -> String {
    let title = titled(&verified.revision, &verified.message);
    match &verified.round_trip {
        RoundTrip::Irreversible { reason } => format!("irreversible {title}: {reason}"),
        RoundTrip::KnownLoss { reason, .. } => format!("known loss {title}: {reason}"),
        outcome => format!("{} {title}", outcome.as_str()),
    }
}

fn summary(all: &[RevisionResult], start: &StartState) -> String {
    if all.is_empty() {
        return match &start.copy_of {
            Some(database) => format!(
                "nothing to verify: no such revision is pending in `{database}`; pass `--from REVISION` to \
                 downgrade the copy first"
            ),
            None => "there are no revisions, nothing to do".to_owned(),
        };
    }
    let count = |is: fn(&RevisionResult) -> bool| all.iter().filter(|one| is(one)).count();
    let parts = [
        (count(restores), "passed"),
        (count(has_known_loss), "with a known loss"),
        (count(is_irreversible), "irreversible"),
        (count(fails), "failed"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let copy_note = match &start.copy_of {
        Some(database) => format!(" on a copy of `{database}`"),
        None => String::new(),
    };
    format!(
        "verified {}{copy_note}: {}",
        counted(all.len()),
        parts.join(", ")
    )
}

/// Returns the findings as text; empty if there are none.
fn findings(all: &[RevisionResult]) -> String {
    let mut text = String::new();
    for verified in all {
        if let RoundTrip::Failed { findings } = &verified.round_trip {
            text.push_str(&format!(
                "revision `{}` ({})\n",
                verified.revision, verified.file
            ));
            for finding in findings {
                text.push_str(&format!("  {finding}\n"));
            }
        }
    }
    text
}

fn document(all: &[RevisionResult], start: &StartState) -> Value {
    let revisions = all.iter().map(|verified| {
        let mut one = json!({
            "revision": verified.revision,
            "message": verified.message,
            "file": verified.file,
            "result": verified.round_trip.as_str(),
            "findings": [],
            "notes": verified.notes,
            "warnings": verified.warnings,
            "empty_tables": verified.empty_tables,
        });
        match &verified.round_trip {
            RoundTrip::Failed { findings } => one["findings"] = json!(findings),
            RoundTrip::Irreversible { reason } => one["reason"] = json!(reason),
            RoundTrip::KnownLoss { reason, losses } => {
                one["reason"] = json!(reason);
                one["losses"] = json!(losses);
            }
            RoundTrip::Passed => {}
        }
        one
    });
    json!({
        "revisions": revisions.collect::<Vec<_>>(),
        "copy_of": start.copy_of,
        "downgraded": start.downgraded,
    })
}
