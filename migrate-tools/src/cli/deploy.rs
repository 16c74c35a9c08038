//! Implements the runner's `deploy` command.

use std::sync::Arc;

use migrate_graph::Target;
use serde_json::{Value, json};

use crate::backup::BackupError;
use crate::deploy::hook::Hooks;
use crate::deploy::log::Log;
use crate::deploy::{Deploy, DeployError, Deployed, OnMismatch, Options, Planned, approval};
use crate::describe::titled;
use crate::error_report::{Color, ErrorReport};
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::Executor;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::backup::{self, document};
use super::lint::{self, LeveledFinding, LintLevels};
use super::ui::{Form, Ui, counted, place, shown};
use super::{database, signals};

/// The options of `deploy`, and those that only `cargo migrate` passes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deploy: migrate_cli::Deploy,

    #[command(flatten)]
    lints: LintLevels,
}

fn hooks(args: &migrate_cli::Hooks) -> Hooks {
    let non_empty =
        |command: &Option<String>| command.clone().filter(|text| !text.trim().is_empty());
    Hooks {
        stop: non_empty(&args.stop),
        start: non_empty(&args.start),
        health: non_empty(&args.health),
        rollback: non_empty(&args.rollback),
        timeout: args.hook_timeout,
        health_timeout: args.health_timeout,
    }
}

impl Args {
    fn options(&self, global: &Global) -> Options {
        let args = &self.deploy;
        let mut backups = backup::settings(&args.directory, global);
        backups.keep = args.keep.and_then(|count| usize::try_from(count).ok());
        let on_mismatch = |allowed: bool| {
            if allowed {
                OnMismatch::Allow
            } else {
                OnMismatch::Refuse
            }
        };
        Options {
            hooks: hooks(&args.hooks),
            backups: (!args.no_backup).then_some(backups),
            edited: on_mismatch(args.allow_checksum_mismatch),
            drift: on_mismatch(args.allow_drift),
            lints: self.lints.levels.clone(),
        }
    }
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let options = args.options(global);
    let args = &args.deploy;
    let approved = args.plan.as_deref().map(approval::read).transpose()?;
    let target_text = approved.as_ref().map_or(&args.target, |plan| &plan.target);
    let target = Target::parse(target_text)?;
    let run_options = global.run_options(args.transaction.transaction);
    let printer = *ui;
    let mut deploy = Deploy {
        executor: Executor::new(migrations, &run_options),
        url: database::url(global)?,
        options,
        log: Log::new(
            Arc::new(move |line| printer.note(line)),
            args.log.as_deref(),
        )?,
        drift: None,
        lints: Vec::new(),
    };
    let plan = deploy.plan(&target, target_text)?;
    if let (Some(approved), Some(file)) = (&approved, &args.plan) {
        let differences = plan.differences(approved);
        if !differences.is_empty() {
            let file = file.clone();
            return Err(DeployError::PlanOutdated { file, differences }.into());
        }
    }
    if let Some(file) = &args.write_plan {
        approval::write(&plan, file)?;
        ui.note(&described(&plan, &deploy.lints));
        ui.note(&format!("wrote {}", file.display()));
        let document = || {
            let lints = lint::document(&deploy.lints);
            json!({ "plan": approval::document(&plan), "lints": lints })
        };
        ui.answer(document, String::new);
        return Ok(ExitStatus::Success);
    }
    if plan.steps.is_empty() {
        ui.note(&format!(
            "already at {}, nothing to deploy",
            place(&plan.heads_before)
        ));
        ui.answer(|| done(&plan, None, &deploy), String::new);
        return Ok(ExitStatus::Success);
    }
    deploy.log.line(&described(&plan, &deploy.lints));
    if !args.yes && approved.is_none() && !ui.asks(&question(&deploy.options))? {
        let action = "the deployment";
        return Err(BackupError::NotConfirmed { action }.into());
    }
    // Until here, a signal ends a process that has changed nothing.
    signals::listen_to_deployment(ui);
    let result = deploy.run(&plan, &target);
    signals::run_ended();
    finish(result, &plan, &deploy, ui)
}

fn finish<B: Backend>(
    result: Result<Deployed, Error>,
    plan: &Planned,
    deploy: &Deploy<'_, B>,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    let log = &deploy.log;
    match result {
        Ok(deployed) => {
            let (count, took) = (counted(plan.steps.len()), shown(deployed.elapsed));
            log.line(&format!(
                "deployed {count} in {took}, now at {}",
                place(&plan.heads_after)
            ));
            ui.answer(|| done(plan, Some(&deployed), deploy), String::new);
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            let report = ErrorReport::from(&error);
            log.file_only(&report.human(Color::Off));
            if ui.form != Form::Json {
                return Err(error);
            }
            let mut document = report.json();
            document["steps"] = log.document();
            ui.answer(|| document, String::new);
            Ok(report.exit)
        }
    }
}

fn described(plan: &Planned, lints: &[LeveledFinding]) -> String {
    let mut text = format!(
        "plan      {} from {} to {}",
        counted(plan.steps.len()),
        place(&plan.heads_before),
        place(&plan.heads_after)
    );
    for step in &plan.steps {
        let title = titled(&step.revision, &step.message);
        text.push_str(&format!("\n          {title}"));
    }
    if !lints.is_empty() {
        text.push('\n');
        text.push_str(lint::text(lints).trim_end());
    }
    text
}

fn question(options: &Options) -> String {
    let mut stages = vec!["upgrade"];
    if options.backups.is_some() {
        stages.insert(0, "back up");
    }
    if options.hooks.stop.is_some() {
        stages.insert(0, "stop the application");
    }
    if options.hooks.start.is_some() {
        stages.push("start the application");
    }
    format!("this will {}: continue?", stages.join(", "))
}

fn done<B: Backend>(plan: &Planned, deployed: Option<&Deployed>, deploy: &Deploy<'_, B>) -> Value {
    let backup = deployed.and_then(|deployed| deployed.backup.as_ref());
    json!({
        "deployed": deployed.is_some(),
        "plan": approval::document(plan),
        "current": plan.heads_after,
        "backup": backup.map(document),
        "lints": lint::document(&deploy.lints),
        "steps": deploy.log.document(),
    })
}
