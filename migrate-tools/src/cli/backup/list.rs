//! Implements the runner's `backup list` command.

use serde_json::json;

use crate::backup::{Backup, Backups, Integrity, Verification};
use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, printable};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::{document, settings};
use crate::cli::args::Global;
use crate::cli::database;
use crate::cli::ui::{Ui, heads_line, sized};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &migrate_cli::ListBackups,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let mut settings = settings(&args.directory, global);
    if args.skip_integrity_check {
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
    let state = match &backup.integrity {
        Integrity::Valid => "ok".to_owned(),
        Integrity::Corrupt(problem) => format!("CORRUPT: {}", printable(problem)),
        Integrity::Unchecked => "not checked".to_owned(),
    };
    format!(
        "{}  {}  {}  {}  {state}\n",
        backup.time.as_deref().unwrap_or("-"),
        heads_line(backup.heads.as_deref()),
        sized(backup.size),
        backup.file.display(),
    )
}
