//! Implements the runner's `backups` command.

use serde_json::json;

use crate::backend::Backend;
use crate::backup::{Backup, Backups, Verification, Integrity};
use crate::error::{Error, printable};
use crate::exit::ExitStatus;
use crate::migrations::Migrations;

use super::args::Global;
use super::backup::{BackupDirArgs, document};
use super::database;
use super::ui::{Ui, heads_line, sized};

/// List the backups of the database and check that each one is valid
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    directory: BackupDirArgs,

    /// Do not read the files to check them
    #[arg(long)]
    no_check: bool,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let mut settings = args.directory.settings(global);
    if args.no_check {
        settings = settings.verification(Verification::NameOnly);
    }
    let url = database::url(global)?;
    let found = Backups::of(migrations, &url, &settings)?.list()?;
    if found.is_empty() {
        ui.note("there are no backups");
    }
    ui.answer(
        || json!({ "backups": found.iter().map(document).collect::<Vec<_>>() }),
        || found.iter().map(line).collect(),
    );
    Ok(ExitStatus::Success)
}

fn line(backup: &Backup) -> String {
    let sound = match &backup.integrity {
        Integrity::Valid => "valid".to_owned(),
        Integrity::Corrupt(problem) => format!("CORRUPT: {}", printable(problem)),
        Integrity::Unchecked => "not checked".to_owned(),
    };
    format!(
        "{}  {}  {}  {}  {sound}\n",
        backup.time.as_deref().unwrap_or("-"),
        heads_line(backup.heads.as_deref()),
        sized(backup.size),
        backup.file.display(),
    )
}
