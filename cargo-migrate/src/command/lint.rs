//! Implements `cargo migrate lint`: reports risky operations in the revisions, with the runner.

use serde_json::{Value, json};

use crate::exit::ExitStatus;
use crate::global::Global;
use crate::lint::{self, Finding, LINTS, Level};
use crate::output::CommandOutput;
use crate::project::Project;
use crate::report::Report;
use crate::revision_dir::directory_of;
use crate::runner::{Runner, RunnerOptions};

/// Report risky operations: data loss, long locks, table rewrites
///
/// Lints: data-loss, table-lock, table-rebuild, no-downgrade, every-row, allow-without-reason. Set their levels in
/// Cargo.toml: `[package.metadata.migrate.lint] data-loss = "deny"`. To allow a lint in a revision file, write a
/// comment with the reason: `// lint: allow(data-loss): the column was never filled`.
#[derive(Debug, clap::Args)]
pub(crate) struct Lint {
    /// Lint only the revisions after this one
    #[arg(long, value_name = "REVISION")]
    after: Option<String>,

    /// Lint to treat as an error, or `warnings` for all lints that are not allowed
    #[arg(short = 'D', long, value_name = "LINT")]
    deny: Vec<String>,

    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        conflicts_with = "json"
    )]
    format: Format,

    #[command(flatten)]
    runner: RunnerOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Human-readable text
    Text,
    /// GitHub Actions annotations
    Github,
    /// SARIF 2.1.0
    Sarif,
}

impl Lint {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let project = Project::find(global)?;
        let mut levels = project.settings.lints.clone();
        for name in &self.deny {
            let known = name == "warnings" || LINTS.iter().any(|(lint, _)| lint == name);
            if !known {
                let names: Vec<&str> = LINTS.iter().map(|(name, _)| *name).collect();
                return Err(Report::usage(format!("unknown lint `{name}`"))
                    .help(format!("the lints are {}", names.join(", "))));
            }
            levels.deny(name);
        }
        let runner = Runner::build(&self.runner, global)?;
        let level_argument = lint::for_runner(&levels, &directory_of(&project)?);
        let mut arguments = vec![format!("--lint={level_argument}").into()];
        if let Some(revision) = &self.after {
            arguments.extend(["--after".into(), revision.into()]);
        }
        let document = runner.run_json("lint", &arguments)?;
        Ok(Box::new(LintOutput {
            findings: lint::locate_findings(&document, &levels, &project.root),
            format: self.format,
        }))
    }
}

struct LintOutput {
    findings: Vec<Finding>,
    format: Format,
}

impl CommandOutput for LintOutput {
    fn text(&self) -> String {
        match self.format {
            Format::Github => lint::github(&self.findings),
            Format::Sarif => format!("{}\n", lint::sarif(&self.findings)),
            Format::Text => {
                let lines = self.findings.iter().map(|one| {
                    format!(
                        "{}: {} ({})\n  --> {}:{}\n help: {}\n",
                        one.level.title(),
                        one.message,
                        one.lint,
                        one.file,
                        one.line,
                        one.help
                    )
                });
                lines.collect()
            }
        }
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().map(|one| {
            json!({
                "lint": one.lint,
                "level": one.level.title(),
                "revision": one.revision,
                "file": one.file,
                "line": one.line,
                "message": one.message,
                "help": one.help,
            })
        });
        json!({ "findings": findings.collect::<Vec<_>>() })
    }

    fn exit(&self) -> ExitStatus {
        match self.findings.iter().any(|one| one.level == Level::Deny) {
            true => ExitStatus::Findings,
            false => ExitStatus::Success,
        }
    }
}
