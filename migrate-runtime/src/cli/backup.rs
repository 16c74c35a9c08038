//! Implements the runner's `backup` command.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::backup::{Backup, BackupSettings, Backups, Origin, Soundness};
use crate::error::Error;
use crate::exit::Exit;
use crate::migrations::Migrations;

use super::args::Global;
use super::database;
use super::ui::{Ui, at_heads, shown, sized};

/// Back up the database to a file while it is in use
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File to write [default: a file in the backup directory, named after the time and the heads]
    #[arg(value_name = "FILE", conflicts_with = "keep")]
    file: Option<PathBuf>,

    #[command(flatten)]
    place: Place,

    /// Keep only the newest N backups of this database, including the new one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

/// The location of the backups.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Place {
    /// Backup directory [default: `backups` next to the database file, otherwise in the current directory]
    #[arg(
        long,
        value_name = "DIR",
        env = "MIGRATE_BACKUP_DIR",
        hide_env_values = true
    )]
    pub(super) backup_dir: Option<PathBuf>,
}

impl Place {
    /// Returns the settings of these backups.
    pub(super) fn settings(&self, global: &Global) -> BackupSettings {
        let mut settings = BackupSettings::new().wait(global.wait);
        settings.directory.clone_from(&self.backup_dir);
        settings
    }
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let mut settings = args.place.settings(global);
    settings.file.clone_from(&args.file);
    settings.keep = args.keep.and_then(|count| usize::try_from(count).ok());
    let begun = Instant::now();
    let url = database::url(global)?;
    let made = Backups::of(migrations, &url, &settings)?.make()?;
    let backup = &made.backup;
    ui.note(&format!(
        "backed up {}{} in {}",
        sized(backup.size),
        at_heads(backup.heads.as_deref()),
        shown(begun.elapsed())
    ));
    for file in &made.removed {
        ui.note(&format!("removed the older {}", file.display()));
    }
    ui.answer(
        || {
            let removed: Vec<_> = made
                .removed
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            json!({ "backup": document(backup), "removed": removed })
        },
        || format!("{}\n", backup.file.display()),
    );
    Ok(Exit::Done)
}

/// Returns a backup as an object for `--json`.
pub(super) fn document(backup: &Backup) -> Value {
    let (valid, problem) = match &backup.soundness {
        Soundness::Sound => (Some(true), None),
        Soundness::Unsound(problem) => (Some(false), Some(problem)),
        Soundness::Unchecked => (None, None),
    };
    json!({
        "file": backup.file.display().to_string(),
        "time": backup.time,
        "current": backup.heads,
        "size": backup.size,
        "valid": valid,
        "problem": problem,
        "replaced": backup.origin == Origin::Replaced,
    })
}
