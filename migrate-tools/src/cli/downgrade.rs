//! Implements the runner's `downgrade` command.

use migrate_cli::Downgrade;
use migrate_graph::{Applied, Direction, Target, plan};

use migrate_engine::backend::Backend;
use migrate_engine::error::{DataLoss, Error};
use migrate_engine::executor::{Executor, RunReport};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::preview::{self, PreviewRequest};
use super::ui::{Ui, counted, place, shown};
use super::upgrade::document;
use super::{database, signals};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Downgrade,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let mut options = global.run_options(args.transaction.transaction);
    if args.allow_data_loss {
        options = options.allow_data_loss();
    }
    let request = PreviewRequest {
        migrations,
        direction: Direction::Downgrade,
        target: &args.target,
        options: options.clone(),
        global,
        ui,
    };
    if let Some(shown) = preview::show(args.preview, &request) {
        return shown;
    }
    signals::listen_until_started(ui);
    let target = Target::parse(&args.target)?;
    let Some(mut client) = database::open_existing(migrations, global)? else {
        return nothing_there(migrations, &target, ui);
    };
    let mut result =
        Executor::new(migrations, &options).downgrade(&mut client, &target, &mut ui.clone());
    if let Err(Error::DataLoss { losses, done }) = &result {
        // No lock is held during the question: everything was rolled back, and runs again.
        if done.is_empty() && ui.asks(&question(losses))? {
            let options = options.clone().allow_data_loss();
            result = Executor::new(migrations, &options).downgrade(
                &mut client,
                &target,
                &mut ui.clone(),
            );
        }
    }
    signals::run_ended();
    let report = result?;
    if report.steps.is_empty() {
        ui.note(&format!(
            "already at {}, nothing to do",
            place(&report.heads)
        ));
    } else {
        let (count, took) = (counted(report.steps.len()), shown(report.elapsed));
        ui.note(&format!(
            "downgraded {count} in {took}, now at {}",
            place(&report.heads)
        ));
    }
    ui.answer(|| document(&report), String::new);
    Ok(ExitStatus::Success)
}

/// Prints the result for a database that does not exist. It is not created.
fn nothing_there<B: Backend>(
    migrations: &Migrations<B>,
    target: &Target,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let graph = migrations.graph_towards(Some(target))?;
    plan::downgrade(&graph, &Applied::none(&graph), target)?;
    ui.note("there is no database yet, nothing to do");
    ui.answer(|| document(&RunReport::default()), String::new);
    Ok(ExitStatus::Success)
}

fn question(losses: &[DataLoss]) -> String {
    let mut text = "the downgrade would drop existing values:\n".to_owned();
    for loss in losses {
        text.push_str(&format!("  {loss}\n"));
    }
    text.push_str("drop them?");
    text
}
