//! Implements `cargo migrate check`: checks the revision graph here, and the rest with the runner.

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::project::Project;
use crate::report::Report;
use crate::runner::RunnerOptions;
use crate::source::directory_of;

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
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let project = Project::find(global)?;
        let directory = directory_of(&project)?;
        if let Some(report) = Report::of_mistakes(&directory.check().mistakes) {
            return Err(report.found());
        }
        let mut arguments = Vec::new();
        if let Some(path) = &project.settings.schema {
            arguments.extend(["--sql-schema".into(), project.root.join(path).into()]);
        }
        through_runner("check", &arguments, &self.runner, global)
    }
}
