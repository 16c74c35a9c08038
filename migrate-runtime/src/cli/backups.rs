//! Implements the runner's `backups` command.

use serde_json::json;

use crate::backend::Backend;
use crate::backup::{Backup, Backups, Look, Soundness};
use crate::error::{Error, printable};
use crate::exit::Exit;
use crate::migrations::Migrations;

use super::args::Global;
use super::backup::{Place, document};
use super::database;
use super::ui::{Ui, heads_line, sized};

/// List the backups of the database and check that each one is valid
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,

    /// Do not read the files to check them
    #[arg(long)]
    no_check: bool,
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let mut settings = args.place.settings(global);
    if args.no_check {
        settings = settings.look(Look::Outside);
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
    Ok(Exit::Done)
}

fn line(backup: &Backup) -> String {
    let state = match &backup.soundness {
        Soundness::Sound => "ok".to_owned(),
        Soundness::Unsound(problem) => format!("CORRUPT: {}", printable(problem)),
        Soundness::Unchecked => "not checked".to_owned(),
    };
    format!(
        "{}  {}  {}  {}  {state}\n",
        backup.time.as_deref().unwrap_or("-"),
        heads_line(backup.heads.as_deref()),
        sized(backup.size),
        backup.file.display(),
    )
}
