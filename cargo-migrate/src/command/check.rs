//! Implements `cargo migrate check`: checks the revision graph here, and the rest with the runner.

use crate::global::Global;
use crate::output::CommandOutput;
use crate::project::Project;
use crate::report::Report;
use crate::revision_dir::directory_of;
use crate::runner::RunnerOptions;
use crate::runner::exec_runner;

/// Check revisions, models and the database, for use in CI
///
/// Exits with 3 if the revision graph is broken, a model has no revision, an applied revision was edited, or the
/// database has drifted.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    runner: RunnerOptions,
}

impl Check {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let project = Project::find(global)?;
        let directory = directory_of(&project)?;
        if let Some(report) = Report::of_diagnostics(&directory.check().diagnostics) {
            return Err(report.found());
        }
        let mut arguments = Vec::new();
        if let Some(path) = &project.settings.schema {
            arguments.extend(["--sql-schema".into(), project.root.join(path).into()]);
        }
        exec_runner("check", &arguments, &self.runner, global)
    }
}
