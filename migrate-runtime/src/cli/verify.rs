//! `verify`.

use migrate_graph::RevisionId;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::error::Error;
use crate::exit::Exit;
use crate::migrations::Migrations;
use crate::verify::{Outcome, Trial, Verified, verify};

use super::args::Global;
use super::database;
use super::ui::{Ui, counted};

/// Try each revision up, down and up again on an empty database with made-up rows
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// First revision to try; those before it only run up
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,

    /// Last revision to try
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,

    /// How many made-up rows each table has; 0 leaves tables as the revisions leave them
    #[arg(long, value_name = "N", default_value = "3")]
    rows: u32,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let graph = migrations.graph()?;
    let named = |name: &Option<String>| -> Result<Option<RevisionId>, Error> {
        let id = name.as_ref().map(|name| graph.resolve_name(name));
        Ok(id.transpose()?.cloned())
    };
    let trial = Trial::new()
        .rows(args.rows)
        .from(named(&args.from)?)
        .to(named(&args.to)?);
    let mut all = Vec::new();
    // The server of the database that is named anyway is good for a scratch one too.
    let near = database::url(global).ok();
    let mut fresh = || B::scratch(near.as_deref());
    verify(migrations, &trial, &mut fresh, &mut |verified| {
        ui.note(&line(&verified));
        for note in &verified.notes {
            ui.more(&format!("    note: {note}"));
        }
        all.push(verified);
    })?;
    let failed = all.iter().filter(|one| fails(one)).count();
    ui.note(&summary(&all, failed));
    ui.answer(|| document(&all), || findings(&all));
    Ok(if failed == 0 { Exit::Done } else { Exit::Found })
}

fn fails(verified: &Verified) -> bool {
    matches!(verified.outcome, Outcome::Fails { .. })
}

fn line(verified: &Verified) -> String {
    let Verified {
        revision, message, ..
    } = verified;
    match &verified.outcome {
        Outcome::Irreversible { reason } => {
            format!("irreversible {revision}, {message}: {reason}")
        }
        outcome => format!("{} {revision}, {message}", outcome.as_str()),
    }
}

fn summary(all: &[Verified], failed: usize) -> String {
    let irreversible = all
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Irreversible { .. }))
        .count();
    let restored = all.len() - failed - irreversible;
    format!(
        "verified {}: {restored} restore what was before, {irreversible} irreversible, {failed} with findings",
        counted(all.len())
    )
}

/// Returns what was found, for a person: nothing where nothing was.
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

fn document(all: &[Verified]) -> Value {
    let revisions = all.iter().map(|verified| {
        let mut one = json!({
            "revision": verified.revision,
            "message": verified.message,
            "file": verified.file,
            "result": verified.outcome.as_str(),
            "findings": [],
            "notes": verified.notes,
        });
        match &verified.outcome {
            Outcome::Fails { findings } => one["findings"] = json!(findings),
            Outcome::Irreversible { reason } => one["reason"] = json!(reason),
            Outcome::Restores => {}
        }
        one
    });
    json!({ "revisions": revisions.collect::<Vec<_>>() })
}
