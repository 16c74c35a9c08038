//! Implements `cargo migrate check`: checks the revision graph here, and the rest with the runner.

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::project::Project;
use crate::report::Report;
use crate::runner::RunnerOptions;
use crate::revision_dir::directory_of;

/// Check the revision graph, models, edited revisions and the database for drift, for use in CI
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
