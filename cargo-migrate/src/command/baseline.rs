//! `cargo migrate baseline`: give a database with tables and no history one, through the runner.

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::report::Report;
use crate::runner::RunnerOptions;

/// Give a database with tables and no history one, without running anything
///
/// The history of Alembic, Flask-Migrate, sqlx, Diesel, Refinery and SeaORM is taken over. A replay on an empty database shows
/// first that the revisions build what is there.
#[derive(Debug, clap::Args)]
pub(crate) struct Baseline {
    /// What the database is at [default: what another tool's history says, else all heads]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    /// Count the other tool's migrations: its first is the first revision
    #[arg(long)]
    by_order: bool,

    /// Record the revisions even if they build another schema
    #[arg(long)]
    accept_differences: bool,

    #[command(flatten)]
    runner: RunnerOptions,
}

impl Baseline {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let mut arguments = Vec::new();
        let flags = [
            (self.by_order, "--by-order"),
            (self.accept_differences, "--accept-differences"),
        ];
        for (given, flag) in flags {
            if given {
                arguments.push(flag.into());
            }
        }
        arguments.extend(self.targets.iter().map(Into::into));
        through_runner("baseline", &arguments, &self.runner, global)
    }
}
