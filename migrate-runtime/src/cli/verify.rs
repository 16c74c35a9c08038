//! Implements the runner's `verify` command.

use std::ffi::OsString;

use migrate_graph::{RevisionId, Target};
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::error::{Error, printable};
use crate::exit::Exit;
use crate::migrations::Migrations;
use crate::verify::{Outcome, Start, Trial, Verified};
use crate::words::titled;

use super::args::Global;
use super::ui::{Ui, counted};
use super::{database, signals};

/// Run each revision up, down and up again, on a scratch database or on a copy of a real one
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// First revision to verify: earlier ones only run up, and a copy that has it is downgraded first
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,

    /// Last revision to verify
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,

    /// Database to copy: the revisions run on the copy, and the database itself is only read
    #[arg(long, value_name = "DATABASE")]
    sample: Option<OsString>,

    /// Minimum number of rows in each table, filled up with synthetic rows [default: 3, or 0 with `--sample`]
    #[arg(long, value_name = "N")]
    rows: Option<u32>,

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
) -> Result<Exit, Error> {
    let trial = trial(migrations, args, global)?;
    // The first signal ends the command after the current revision, so that no copy is left behind.
    signals::listen();
    let mut all = Vec::new();
    let start = migrations.verify_with(&trial, &global.settings(None), &mut |verified| {
        ui.note(&line(&verified));
        if let Outcome::KnownLoss { losses, .. } = &verified.outcome {
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
    })?;
    if !start.taken_back.is_empty() {
        let revisions = start.taken_back.join(", ");
        ui.note(&format!("downgraded on the copy first: {revisions}"));
    }
    if let Some(line) = without_rows(&all) {
        ui.note(&line);
    }
    ui.note(&summary(&all, &start));
    ui.answer(|| document(&all, &start), || findings(&all));
    Ok(if all.iter().any(fails) {
        Exit::Found
    } else {
        Exit::Done
    })
}

fn trial<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
) -> Result<Trial, Error> {
    let named = |name: &Option<String>| -> Result<Option<RevisionId>, Error> {
        let Some(name) = name else {
            return Ok(None);
        };
        // A revision inside a replaced range is also valid here: the revisions of the range are then run.
        let named = Target::parse(name)?;
        let graph = migrations.graph_towards(Some(&named))?;
        Ok(Some(graph.resolve_name(name)?.clone()))
    };
    let mut trial = Trial::new()
        .from(named(&args.from)?)
        .to(named(&args.to)?)
        // The server of the database that is named is also suitable for a scratch database.
        .near(database::url(global).ok())
        .allow_lines(&args.allow);
    trial.rows = args.rows;
    trial.sample = args.sample.clone();
    Ok(trial)
}

fn fails(verified: &Verified) -> bool {
    matches!(verified.outcome, Outcome::Fails { .. })
}

fn restores(verified: &Verified) -> bool {
    verified.outcome == Outcome::Restores
}

fn has_known_loss(verified: &Verified) -> bool {
    matches!(verified.outcome, Outcome::KnownLoss { .. })
}

/// Returns the tables that had no row in any revision; `-v` shows the reasons.
fn without_rows(all: &[Verified]) -> Option<String> {
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

fn is_irreversible(verified: &Verified) -> bool {
    matches!(verified.outcome, Outcome::Irreversible { .. })
}

fn line(verified: &Verified) -> String {
    let title = titled(&verified.revision, &verified.message);
    match &verified.outcome {
        Outcome::Irreversible { reason } => format!("irreversible {title}: {reason}"),
        Outcome::KnownLoss { reason, .. } => format!("known loss {title}: {reason}"),
        outcome => format!("{} {title}", outcome.as_str()),
    }
}

fn summary(all: &[Verified], start: &Start) -> String {
    if all.is_empty() {
        return match &start.sample {
            Some(sample) => format!(
                "nothing to verify: no such revision is pending in `{sample}`; pass `--from REVISION` to \
                 downgrade the copy first"
            ),
            None => "there are no revisions, nothing to do".to_owned(),
        };
    }
    let count = |is: fn(&Verified) -> bool| all.iter().filter(|one| is(one)).count();
    let parts = [
        (count(restores), "restored the previous state"),
        (count(has_known_loss), "with a known loss"),
        (count(is_irreversible), "irreversible"),
        (count(fails), "with findings"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let place = match &start.sample {
        Some(sample) => format!(" on a copy of `{sample}`"),
        None => String::new(),
    };
    format!(
        "verified {}{place}: {}",
        counted(all.len()),
        parts.join(", ")
    )
}

/// Returns the findings as text; empty if there are none.
fn findings(all: &[Verified]) -> String {
    let mut text = String::new();
    for verified in all {
        if let Outcome::Fails { findings } = &verified.outcome {
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

fn document(all: &[Verified], start: &Start) -> Value {
    let revisions = all.iter().map(|verified| {
        let mut one = json!({
            "revision": verified.revision,
            "message": verified.message,
            "file": verified.file,
            "result": verified.outcome.as_str(),
            "findings": [],
            "notes": verified.notes,
            "warnings": verified.warnings,
            "empty_tables": verified.empty_tables,
        });
        match &verified.outcome {
            Outcome::Fails { findings } => one["findings"] = json!(findings),
            Outcome::Irreversible { reason } => one["reason"] = json!(reason),
            Outcome::KnownLoss { reason, losses } => {
                one["reason"] = json!(reason);
                one["losses"] = json!(losses);
            }
            Outcome::Restores => {}
        }
        one
    });
    json!({
        "revisions": revisions.collect::<Vec<_>>(),
        "sample": start.sample,
        "taken_back": start.taken_back,
    })
}
