//! Implements `cargo migrate baseline` with the runner.

mod initial_revision;
mod models;

use super::exec_runner;
use crate::output::CommandOutput;
use crate::cli::Global;
use crate::new_revision::Description;
use crate::project::Project;
use crate::report::Report;
use crate::runner::RunnerOptions;
use crate::revision_dir::directory_of;

/// Start tracking an existing database, without running anything
///
/// If the package has no revisions, the command generates the first one from the existing tables. It imports the
/// history of Alembic, Flask-Migrate, sqlx, Diesel, Refinery and SeaORM. Before it records anything, it replays the
/// revisions on a scratch database and checks that they produce the same schema.
#[derive(Debug, clap::Args)]
pub(crate) struct Baseline {
    /// Revision the database is at [default: from the other tool's history, otherwise all heads]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    /// Match the other tool's migrations with the revisions by order instead of by id
    #[arg(long)]
    by_order: bool,

    /// Record the revisions even if they produce a different schema
    #[arg(long)]
    accept_differences: bool,

    #[command(flatten)]
    initial: InitialRevision,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// The options of the first revision.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "First revision")]
struct InitialRevision {
    #[command(flatten)]
    description: Description,

    /// Also generate models of the tables, in a new file next to the library's root file
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "src/models.rs"
    )]
    models: Option<std::path::PathBuf>,
}

impl Baseline {
    /// Runs the command.
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn CommandOutput>, Report> {
        let project = Project::find(global)?;
        let has_revisions = !directory_of(&project)?.files.is_empty();
        match (has_revisions, self.names_revisions(), self.initial.is_wanted()) {
            (false, true, _) => Err(Report::usage(
                "the package has no revisions, so the database can't be at one of them",
            )
            .help("remove the target and `--by-order`: the command then generates the first revision")),
            (false, false, _) => initial_revision::write(self, &project, global),
            (true, _, true) => Err(Report::usage(
                "the package already has revisions, so no first revision is generated",
            )
            .help(
                "remove `--message`, `--rev-id` and `--branch-label` to record the existing revisions; \
                 `cargo migrate dump --models` prints models",
            )),
            (true, _, false) => {
                exec_runner("baseline", &self.arguments(), &self.runner, global)
            }
        }
    }

    fn names_revisions(&self) -> bool {
        self.by_order || !self.targets.is_empty()
    }

    fn arguments(&self) -> Vec<std::ffi::OsString> {
        let flags = [
            (self.by_order, "--by-order"),
            (self.accept_differences, "--accept-differences"),
        ];
        let flags = flags.iter().filter(|(given, _)| *given);
        let flags = flags.map(|(_, flag)| flag.into());
        flags.chain(self.targets.iter().map(Into::into)).collect()
    }
}

impl InitialRevision {
    /// Returns whether an option of the first revision is given.
    fn is_wanted(&self) -> bool {
        let Description {
            message,
            rev_id,
            branch_label,
        } = &self.description;
        message.is_some() || rev_id.is_some() || !branch_label.is_empty() || self.models.is_some()
    }
}
