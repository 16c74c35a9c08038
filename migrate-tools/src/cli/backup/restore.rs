//! Implements the runner's `backup restore` command.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::backup::{
    BackupError, Backups, Completeness, DatabaseInfo, OnReplace, RestorePlan, Verification,
};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::{document, settings};
use crate::cli::args::Global;
use crate::cli::database;
use crate::cli::ui::{Ui, at_heads, heads_line, shown, sized};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &migrate_cli::RestoreBackup,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let mut settings = settings(&args.directory, global).verification(Verification::NameOnly);
    if args.no_keep {
        settings = settings.on_replace(OnReplace::Discard);
    }
    let url = database::url(global)?;
    let backups = Backups::of(migrations, &url, &settings)?;
    let file = if args.file == Path::new("latest") {
        backups.latest()?
    } else {
        args.file.clone()
    };
    let plan = backups.plan_restore(&file)?;
    ui.note(&described(&plan));
    if !args.yes && !ui.asks(question(&plan, settings.on_replace))? {
        let action = "the restore";
        return Err(BackupError::NotConfirmed { action }.into());
    }
    let started = Instant::now();
    let restored = backups.restore(plan)?;
    ui.note(&format!(
        "restored {}{} in {}",
        sized(restored.backup.size),
        at_heads(restored.backup.heads.as_deref()),
        shown(started.elapsed())
    ));
    if let Some(kept) = &restored.kept {
        ui.note(&format!(
            "the previous contents are kept as {}",
            kept.display()
        ));
    }
    ui.answer(
        || {
            let kept = restored
                .kept
                .as_ref()
                .map(|file| file.display().to_string());
            json!({ "restored": document(&restored.backup), "kept": kept })
        },
        String::new,
    );
    Ok(ExitStatus::Success)
}

fn described(plan: &RestorePlan) -> String {
    let live = match &plan.live {
        Some(DatabaseInfo {
            completeness: Completeness::Partial(of),
            ..
        }) => format!("only a part of {}: a restore was interrupted", of.display()),
        Some(live) => format!(
            "{} at {}",
            sized(live.size),
            heads_line(live.heads.as_deref())
        ),
        None => "does not exist".to_owned(),
    };
    let backup = &plan.backup;
    let time = backup.time.as_ref().map(|time| format!(", made {time}"));
    format!(
        "database  {}  {live}\nbackup    {}  {} at {}{}",
        plan.database,
        backup.file.display(),
        sized(backup.size),
        heads_line(backup.heads.as_deref()),
        time.unwrap_or_default()
    )
}

fn question(plan: &RestorePlan, on_replace: OnReplace) -> &'static str {
    match (&plan.live, plan.keeps(on_replace)) {
        (None, _) => "this creates the database from the backup: continue?",
        (Some(_), true) => {
            "this replaces the database with the backup, and keeps its present contents: continue?"
        }
        (Some(_), false) => {
            "this replaces the database with the backup, and its present contents are lost: continue?"
        }
    }
}
