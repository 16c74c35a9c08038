//! Implements `cargo migrate baseline` with the runner.

mod initial_revision;
mod models;

use migrate_cli::{Adopt, Forwarded};

use crate::global::Global;
use crate::new_revision::Description;
use crate::output::CommandOutput;
use crate::project::Project;
use crate::report::Report;
use crate::revision_dir::directory_of;
use crate::runner::RunnerOptions;
use crate::runner::exec_runner;

/// Start tracking an existing database, without running anything
///
/// If the package has no revisions, the command generates the first one from the existing tables. It imports the
/// history of Alembic, Flask-Migrate, sqlx, Diesel, Refinery, SeaORM, goose and Flyway. Before it records anything, it
/// replays the revisions on a scratch database and checks that they produce the same schema.
#[derive(Debug, clap::Args)]
pub(crate) struct Baseline {
    #[command(flatten)]
    adopt: Forwarded<Adopt>,

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
            .help("remove the target and `--match-by-order`: the command then generates the first revision")),
            (false, false, _) => initial_revision::write(self, &project, global),
            (true, _, true) => Err(Report::usage(
                "the package already has revisions, so no first revision is generated",
            )
            .help(
                "remove `--message`, `--rev-id` and `--branch-label` to record the existing revisions; \
                 `cargo migrate dump --models` prints models",
            )),
            (true, _, false) => {
                exec_runner("baseline", &self.adopt.arguments, &self.runner, global)
            }
        }
    }

    fn names_revisions(&self) -> bool {
        let Adopt {
            targets,
            match_by_order,
            ..
        } = &self.adopt.options;
        *match_by_order || !targets.is_empty()
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
