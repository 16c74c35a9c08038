//! `lint`.

use migrate_graph::{Links, RevisionId};
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::error::Error;
use crate::exit::Exit;
use crate::lint::{Finding, lint};
use crate::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::Ui;

/// Tell what is worth a second look in the revisions: lost values, locks, copied tables, missing downgrades
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Look only at revisions that come after this one
    #[arg(long, value_name = "REVISION")]
    after: Option<String>,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let graph = migrations.graph()?;
    let after = args.after.as_ref().map(|name| graph.resolve_name(name));
    let below = graph.ancestors(after.transpose()?, Links::All);
    let skip = |id: &RevisionId| below.iter().any(|revision| revision.id == *id);
    let near = database::url(global).ok();
    let findings = lint(migrations, near.as_deref(), &skip)?;
    ui.answer(
        || json!({ "findings": findings.iter().map(document).collect::<Vec<_>>() }),
        || findings.iter().map(text).collect(),
    );
    Ok(Exit::Done)
}

fn text(finding: &Finding) -> String {
    let Finding {
        lint,
        file,
        message,
        help,
        ..
    } = finding;
    format!("{}: {message}\n  --> {file}\n help: {help}\n", lint.name())
}

fn document(finding: &Finding) -> Value {
    json!({
        "lint": finding.lint.name(),
        "revision": finding.revision,
        "file": finding.file,
        "message": finding.message,
        "help": finding.help,
    })
}
