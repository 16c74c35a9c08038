//! Implements the runner's `resolve` command.

use migrate_cli::Resolve;

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::{CutShort, Executor};
use crate::exit::Exit;
use crate::migrations::Migrations;

use super::args::Global;
use super::ui::Ui;
use super::{database, stamp};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Resolve,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let settings = global.settings(None);
    let end = match args.resolution.applied {
        true => CutShort::Applied,
        false => CutShort::Unapplied,
    };
    let mut client = database::open_existing(migrations, global)?.ok_or(Error::NoDatabase)?;
    let executor = Executor::new(migrations, &settings);
    let resolved = executor.settle(&mut client, &args.revision, end)?;
    stamp::report(migrations, &mut client, &resolved, global, ui);
    Ok(Exit::Done)
}
