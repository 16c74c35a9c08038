//! Implements the runner's `backup create` command.

use std::time::Instant;

use migrate_cli::CreateBackup;
use serde_json::json;

use crate::backup::Backups;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::{document, settings};
use crate::cli::args::Global;
use crate::cli::database;
use crate::cli::ui::{Ui, at_heads, shown, sized};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &CreateBackup,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let mut settings = settings(&args.directory, global);
    settings.file.clone_from(&args.file);
    settings.keep = args.keep.and_then(|count| usize::try_from(count).ok());
    let started = Instant::now();
    let url = database::url(global)?;
    let created = Backups::of(migrations, &url, &settings)?.make()?;
    let backup = &created.backup;
    ui.note(&format!(
        "backed up {}{} in {}",
        sized(backup.size),
        at_heads(backup.heads.as_deref()),
        shown(started.elapsed())
    ));
    for file in &created.removed {
        ui.note(&format!("removed the older {}", file.display()));
    }
    ui.answer(
        || {
            let removed: Vec<_> = created
                .removed
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            json!({ "backup": document(backup), "removed": removed })
        },
        || format!("{}\n", backup.file.display()),
    );
    Ok(ExitStatus::Success)
}
