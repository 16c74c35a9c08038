//! Implements the runner's `deploy` command.

use std::path::PathBuf;
use std::time::Duration;

use migrate_graph::Target;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::backup::BackupError;
use crate::deploy::hook::Hooks;
use crate::deploy::log::Log;
use crate::deploy::{Deploy, DeployError, Deployed, Odd, Options, Planned, approval};
use crate::error::Error;
use crate::executor::Executor;
use crate::exit::Exit;
use crate::migrations::Migrations;
use crate::report::{Color, Report};
use crate::words::titled;

use super::args::{Global, TransactionArg, seconds};
use super::backup::{Place, document};
use super::lint::{self, LintLevels, Told};
use super::ui::{Form, Ui, counted, place, shown};
use super::{database, signals};

/// Upgrade in production: stop, back up, upgrade, verify, start; restore the backup if a step fails
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Target: `head`, `heads`, a revision, `+N`, …
    #[arg(default_value = "head", allow_negative_numbers = true)]
    target: String,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// Only write the plan to a file, for approval
    #[arg(long, value_name = "FILE", conflicts_with = "approved")]
    plan_file: Option<PathBuf>,

    /// Run this approved plan; fail if the heads, revisions or schema have changed since it was written
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    approved: Option<PathBuf>,

    /// Continue even if the database has drifted
    #[arg(long)]
    allow_drift: bool,

    /// Continue even if applied revisions were edited
    #[arg(long)]
    allow_edited: bool,

    /// File to append the log to, including the output of the commands
    #[arg(
        long,
        value_name = "FILE",
        env = "MIGRATE_DEPLOY_LOG",
        hide_env_values = true
    )]
    log: Option<PathBuf>,

    /// Transaction scope [default: the best scope for the database]
    #[arg(long, value_name = "HOW")]
    transaction: Option<TransactionArg>,

    #[command(flatten)]
    lints: LintLevels,

    #[command(flatten)]
    commands: Commands,

    #[command(flatten)]
    place: Place,

    /// Keep only the newest N backups of this database, including the new one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), env = "MIGRATE_DEPLOY_KEEP", hide_env_values = true)]
    keep: Option<u32>,

    /// Do not make a backup: after a failure nothing is restored
    #[arg(long)]
    no_backup: bool,
}

/// The commands of the application, run by the shell.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Application")]
struct Commands {
    /// Command that stops the application
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_STOP",
        hide_env_values = true
    )]
    stop: Option<String>,

    /// Command that starts the application
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_START",
        hide_env_values = true
    )]
    start: Option<String>,

    /// Command that exits with 0 once the application is up; retried every second
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_HEALTH",
        hide_env_values = true
    )]
    health: Option<String>,

    /// Command that starts the previous version of the application after a failure [default: the start command]
    #[arg(
        long,
        value_name = "COMMAND",
        env = "MIGRATE_DEPLOY_ROLLBACK",
        hide_env_values = true
    )]
    rollback: Option<String>,

    /// Time limit for each command
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds, env = "MIGRATE_DEPLOY_HOOK_TIMEOUT", hide_env_values = true)]
    hook_timeout: Duration,

    /// Time limit for the health check
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, env = "MIGRATE_DEPLOY_HEALTH_TIMEOUT", hide_env_values = true)]
    health_timeout: Duration,
}

impl Commands {
    fn hooks(&self) -> Hooks {
        let said =
            |command: &Option<String>| command.clone().filter(|text| !text.trim().is_empty());
        Hooks {
            stop: said(&self.stop),
            start: said(&self.start),
            health: said(&self.health),
            rollback: said(&self.rollback),
            timeout: self.hook_timeout,
            health_timeout: self.health_timeout,
        }
    }
}

impl Args {
    fn options(&self, global: &Global) -> Options {
        let mut backups = self.place.settings(global);
        backups.keep = self.keep.and_then(|count| usize::try_from(count).ok());
        let odd = |allowed: bool| if allowed { Odd::Allowed } else { Odd::Refused };
        Options {
            hooks: self.commands.hooks(),
            backups: (!self.no_backup).then_some(backups),
            edited: odd(self.allow_edited),
            drift: odd(self.allow_drift),
            lints: self.lints.levels.clone(),
        }
    }
}

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &Args,
    global: &Global,
    ui: &Ui,
) -> Result<Exit, Error> {
    let approved = args.approved.as_deref().map(approval::read).transpose()?;
    let words = approved.as_ref().map_or(&args.target, |plan| &plan.target);
    let target = Target::parse(words)?;
    let settings = global.settings(args.transaction);
    let printer = *ui;
    let mut deploy = Deploy {
        executor: Executor::new(migrations, &settings),
        url: database::url(global)?,
        options: args.options(global),
        log: Log::new(
            Box::new(move |line| printer.note(line)),
            args.log.as_deref(),
        )?,
        drift: None,
        lints: Vec::new(),
    };
    let plan = deploy.plan(&target, words)?;
    if let (Some(approved), Some(file)) = (&approved, &args.approved) {
        let differences = plan.differences(approved);
        if !differences.is_empty() {
            let file = file.clone();
            return Err(DeployError::Moved { file, differences }.into());
        }
    }
    if let Some(file) = &args.plan_file {
        approval::write(&plan, file)?;
        ui.note(&described(&plan, &deploy.lints));
        ui.note(&format!("wrote {}", file.display()));
        let document = || {
            let lints = lint::document(&deploy.lints);
            json!({ "plan": approval::document(&plan), "lints": lints })
        };
        ui.answer(document, String::new);
        return Ok(Exit::Done);
    }
    if plan.steps.is_empty() {
        ui.note(&format!(
            "already at {}, nothing to deploy",
            place(&plan.heads_before)
        ));
        ui.answer(|| done(&plan, None, &deploy), String::new);
        return Ok(Exit::Done);
    }
    deploy.log.line(&described(&plan, &deploy.lints));
    if !args.yes && approved.is_none() && !ui.asks(&question(&deploy.options))? {
        let action = "the deployment";
        return Err(BackupError::NotConfirmed { action }.into());
    }
    // Until here, a signal ends a process that has changed nothing.
    signals::listen();
    let result = deploy.run(&plan, &target);
    finish(result, &plan, &deploy, ui)
}

fn finish<B: Backend>(
    result: Result<Deployed, Error>,
    plan: &Planned,
    deploy: &Deploy<'_, B>,
    ui: &Ui,
) -> Result<Exit, Error> {
    let log = &deploy.log;
    match result {
        Ok(deployed) => {
            let (count, took) = (counted(plan.steps.len()), shown(deployed.elapsed));
            log.line(&format!(
                "deployed {count} in {took}, now at {}",
                place(&plan.heads_after)
            ));
            ui.answer(|| done(plan, Some(&deployed), deploy), String::new);
            Ok(Exit::Done)
        }
        Err(error) => {
            let report = Report::from(&error);
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

fn described(plan: &Planned, lints: &[Told]) -> String {
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
        "heads_after": plan.heads_after,
        "backup": backup.map(document),
        "lints": lint::document(&deploy.lints),
        "steps": deploy.log.document(),
    })
}
