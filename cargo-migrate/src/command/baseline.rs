//! `cargo migrate baseline`: give a database with tables and no history one, through the runner.

mod first;
mod models;

use super::through_runner;
use crate::answer::Answer;
use crate::cli::Global;
use crate::new_revision::Description;
use crate::project::Project;
use crate::report::Report;
use crate::runner::RunnerOptions;
use crate::source::directory_of;

/// Give a database with tables and no history one, without running anything
///
/// Where there are no revisions yet, the first one is written from the tables that are there. The history of Alembic,
/// Flask-Migrate, sqlx, Diesel, Refinery and SeaORM is taken over. A replay on an empty database shows first that the
/// revisions build what is there.
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
    first: First,

    #[command(flatten)]
    runner: RunnerOptions,
}

/// Options of the first revision.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "First revision")]
struct First {
    #[command(flatten)]
    description: Description,

    /// Write models of the tables too, into a new file beside the library's
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
    pub(crate) fn run(&self, global: &Global) -> Result<Box<dyn Answer>, Report> {
        let project = Project::find(global)?;
        let has_revisions = !directory_of(&project)?.files.is_empty();
        match (has_revisions, self.names_revisions(), self.first.is_wanted()) {
            (false, true, _) => Err(Report::usage(
                "there are no revisions, so the database can't be at one of them",
            )
            .help("leave the target and `--by-order` out: the first revision is written then")),
            (false, false, _) => first::write(self, &project, global),
            (true, _, true) => Err(Report::usage(
                "there are revisions already, so no first one is written",
            )
            .help(
                "leave `--message`, `--rev-id` and `--branch-label` out: the revisions there are get recorded; \
                 `cargo migrate dump --models` prints models",
            )),
            (true, _, false) => {
                through_runner("baseline", &self.arguments(), &self.runner, global)
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

impl First {
    /// Returns whether something is said about the first revision.
    fn is_wanted(&self) -> bool {
        let Description {
            message,
            rev_id,
            branch_label,
        } = &self.description;
        message.is_some() || rev_id.is_some() || !branch_label.is_empty() || self.models.is_some()
    }
}
