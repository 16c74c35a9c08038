//! Implements `lint`, and the findings in the output of other commands.

use migrate_graph::{Links, RevisionId};
use serde_json::{Value, json};

use crate::lint::{Finding, Level, Levels, lint_revisions};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::Ui;

/// Report risky operations: data loss, long locks, table rewrites
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Lint only the revisions after this one
    #[arg(long, value_name = "REVISION")]
    after: Option<String>,

    #[command(flatten)]
    lints: LintLevels,
}

/// The levels of findings.
#[derive(Debug, clap::Args)]
pub(super) struct LintLevels {
    /// Levels of lints: LINT=allow, =warn or =deny, and REVISION:LINT=…, separated by commas
    #[arg(
        long = "lint",
        value_name = "LEVELS",
        default_value = "",
        hide_default_value = true,
        env = "MIGRATE_LINT",
        hide_env_values = true
    )]
    pub(super) levels: Levels,
}

/// A finding that is reported, and its level.
pub(super) type LeveledFinding = (Level, Finding);

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let graph = migrations.graph()?;
    let after = args.after.as_ref().map(|name| graph.resolve_name(name));
    let below = graph.ancestors(after.transpose()?, Links::All);
    let skip = |id: &RevisionId| below.iter().any(|revision| revision.id == *id);
    let scratch_server = database::url(global).ok();
    let found = args.lints.levels.apply(lint_revisions(
        migrations,
        scratch_server.as_deref(),
        &skip,
    )?);
    ui.answer(|| json!({ "findings": document(&found) }), || text(&found));
    Ok(exit(&found))
}

/// Returns the exit code of a command that reports findings.
pub(super) fn exit(found: &[LeveledFinding]) -> ExitStatus {
    match found.iter().any(|(level, _)| *level == Level::Deny) {
        true => ExitStatus::Findings,
        false => ExitStatus::Success,
    }
}

/// Returns findings as text.
pub(super) fn text(found: &[LeveledFinding]) -> String {
    let lines = found.iter().map(|(level, finding)| {
        let (message, lint) = (&finding.message, finding.lint.name());
        let line = finding
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        let location = match &*finding.file {
            "" => String::new(),
            file => format!("  --> {file}{line}\n"),
        };
        let (level, help) = (level.label(), &finding.help);
        format!("{level}: {message} ({lint})\n{location} help: {help}\n")
    });
    lines.collect()
}

/// Returns findings as JSON.
pub(super) fn document(found: &[LeveledFinding]) -> Value {
    let list = found.iter().map(|(level, finding)| {
        json!({
            "lint": finding.lint.name(),
            "level": level.label(),
            "revision": finding.revision,
            "file": finding.file,
            "line": finding.line,
            "message": finding.message,
            "help": finding.help,
        })
    });
    list.collect()
}
