//! Implements the runner's `upgrade` command.

use migrate_cli::Upgrade;
use migrate_graph::{Direction, Target};
use serde_json::{Value, json};

use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunReport, Warning};
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::database_admin::create_if_missing;
use super::preview::{self, PreviewRequest};
use super::ui::{Ui, counted, place, shown};
use super::{database, signals};

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Upgrade,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let options = global.run_options(args.transaction.transaction);
    let request = PreviewRequest {
        migrations,
        direction: Direction::Upgrade,
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
    let confirm = || migrations.check_target_from_empty(&target);
    if args.create {
        create_if_missing::<B>(global, ui, confirm)?;
    }
    let mut client = database::open(migrations, global, confirm)?;
    let result = Executor::new(migrations, &options).upgrade(&mut client, &target, &mut ui.clone());
    signals::run_ended();
    let report = result?;
    for history in &report.histories {
        let RunReport { steps, heads, .. } = &history.report;
        if !steps.is_empty() {
            ui.note(&format!(
                "upgraded {} in the history of `{}`, now at {}",
                counted(steps.len()),
                history.version_table,
                place(heads)
            ));
        }
    }
    if report.steps.is_empty() {
        ui.note(&nothing_to_do(&report));
    } else {
        let (count, took) = (counted(report.steps.len()), shown(report.elapsed));
        ui.note(&format!(
            "upgraded {count} in {took}, now at {}",
            place(&report.heads)
        ));
    }
    ui.answer(|| document(&report), String::new);
    Ok(ExitStatus::Success)
}

fn nothing_to_do(report: &RunReport) -> String {
    let at = place(&report.heads);
    match (report.at_heads, report.heads.len()) {
        (true, 0) => "there are no revisions, nothing to do".to_owned(),
        (true, 1) => format!("already at head {at}, nothing to do"),
        (true, _) => format!("already at heads {at}, nothing to do"),
        (false, _) => format!("already at {at}, nothing to do"),
    }
}

/// Returns a run as the document for `--json`.
pub(super) fn document(report: &RunReport) -> Value {
    let steps = report.steps.iter().map(|step| {
        json!({
            "revision": step.revision,
            "direction": step.direction,
            "message": step.message,
            "duration_ms": u64::try_from(step.elapsed.as_millis()).unwrap_or(u64::MAX),
            "skipped": step.skipped,
        })
    });
    let warnings = report.warnings.iter().map(warning);
    let mut written = json!({
        "steps": steps.collect::<Vec<_>>(),
        "current": report.heads,
        "warnings": warnings.collect::<Vec<_>>(),
    });
    if !report.histories.is_empty() {
        let histories = report.histories.iter().map(|history| {
            let mut of = document(&history.report);
            of["version_table"] = json!(history.version_table);
            of
        });
        written["histories"] = histories.collect();
    }
    written
}

/// Returns a warning as an entry of `warnings` in a document.
pub(super) fn warning(warning: &Warning) -> Value {
    json!({ "code": warning.code(), "message": warning.to_string() })
}
