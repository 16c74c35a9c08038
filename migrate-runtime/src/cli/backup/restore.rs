//! Implements the runner's `backup restore` command.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::backend::Backend;
use crate::backup::{BackupError, Backups, Contents, Exchange, Extent, Look, Replaced};
use crate::error::Error;
use crate::exit::Exit;
use crate::migrations::Migrations;

use super::{document, settings};
use crate::cli::args::Global;
use crate::cli::database;
use crate::cli::ui::{Ui, at_heads, heads_line, shown, sized};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &migrate_cli::RestoreBackup,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let mut settings = settings(&args.directory, global).look(Look::Outside);
    if args.no_keep {
        settings = settings.replaced(Replaced::Discarded);
    }
    let url = database::url(global)?;
    let backups = Backups::of(migrations, &url, &settings)?;
    let file = if args.file == Path::new("latest") {
        backups.latest()?
    } else {
        args.file.clone()
    };
    let exchange = backups.exchange(&file)?;
    ui.note(&described(&exchange));
    if !args.yes && !ui.asks(question(&exchange, settings.replaced))? {
        let action = "the restore";
        return Err(BackupError::NotConfirmed { action }.into());
    }
    let begun = Instant::now();
    let restored = backups.restore(exchange)?;
    ui.note(&format!(
        "restored {}{} in {}",
        sized(restored.backup.size),
        at_heads(restored.backup.heads.as_deref()),
        shown(begun.elapsed())
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
    Ok(Exit::Done)
}

fn described(exchange: &Exchange) -> String {
    let live = match &exchange.live {
        Some(Contents {
            extent: Extent::Part(of),
            ..
        }) => format!("only a part of {}: a restore was interrupted", of.display()),
        Some(live) => format!(
            "{} at {}",
            sized(live.size),
            heads_line(live.heads.as_deref())
        ),
        None => "does not exist".to_owned(),
    };
    let backup = &exchange.backup;
    let time = backup.time.as_ref().map(|time| format!(", made {time}"));
    format!(
        "database  {}  {live}\nbackup    {}  {} at {}{}",
        exchange.database,
        backup.file.display(),
        sized(backup.size),
        heads_line(backup.heads.as_deref()),
        time.unwrap_or_default()
    )
}

fn question(exchange: &Exchange, replaced: Replaced) -> &'static str {
    match (&exchange.live, exchange.keeps(replaced)) {
        (None, _) => "this creates the database from the backup: continue?",
        (Some(_), true) => {
            "this replaces the database with the backup, and keeps its present contents: continue?"
        }
        (Some(_), false) => {
            "this replaces the database with the backup, and its present contents are lost: continue?"
        }
    }
}
