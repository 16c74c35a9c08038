//! `cargo migrate check`: find what is wrong, for CI. The chain is looked at here, the rest through the runner.

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::project::Project;
use crate::report::Report;
use crate::runner::RunnerOptions;
use crate::source::directory_of;

/// Find what is wrong, for CI: the chain, models, edited revisions, a database that is not what they build
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
