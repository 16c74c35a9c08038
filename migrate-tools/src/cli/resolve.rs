//! Implements the runner's `resolve` command.

use migrate_cli::Resolve;

use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, Resolution};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::ui::Ui;
use super::{database, stamp};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Resolve,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let options = global.run_options(None);
    let end = match args.resolution.applied {
        true => Resolution::Applied,
        false => Resolution::RolledBack,
    };
    let mut client = database::open_existing(migrations, global)?.ok_or(Error::DatabaseNotFound)?;
    let executor = Executor::new(migrations, &options);
    let resolved = executor.resolve_unfinished(&mut client, &args.revision, end)?;
    stamp::report(migrations, &mut client, &resolved, global, ui);
    Ok(ExitStatus::Success)
}
