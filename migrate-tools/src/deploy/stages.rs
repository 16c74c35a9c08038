//! The stages of a deployment, and the recovery from each.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use migrate_graph::Target;

use crate::autogenerate;
use crate::backup::{Backup, BackupSettings, Backups};
use crate::describe::{self, SchemaLabels, titled};
use crate::lint::{self, Finding, Level, Levels};
use migrate_engine::backend::{Access, Backend};
use migrate_engine::error::{Error, FailureState};
use migrate_engine::executor::{Executor, LockWaitListener, Observer, State, StepReport, Warning};

use super::hook::{self, Hooks};
use super::log::{Ended, Log};
use super::{DeployError, Planned, Recovery};

/// The reaction to a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnMismatch {
    /// It is an error, before anything is done.
    Refuse,
    /// It is reported.
    Allow,
}

/// The options of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) hooks: Hooks,
    /// The settings of the backup; `None` makes none.
    pub(crate) backups: Option<BackupSettings>,
    /// The reaction to edited revisions.
    pub(crate) edited: OnMismatch,
    /// The reaction to a drifted database.
    pub(crate) drift: OnMismatch,
    /// The levels of the lints.
    pub(crate) lints: Levels,
}

/// A deployment.
pub(crate) struct Deploy<'a, B: Backend> {
    pub(crate) executor: Executor<'a, B>,
    pub(crate) url: OsString,
    pub(crate) options: Options,
    pub(crate) log: Log,
    /// The drift before the deployment; `None` if it is not known.
    pub(crate) drift: Option<Vec<String>>,
    /// The lint findings in the pending revisions.
    pub(crate) lints: Vec<(Level, Finding)>,
}

/// A successful deployment.
pub(crate) struct Deployed {
    pub(crate) backup: Option<Backup>,
    pub(crate) elapsed: Duration,
}

const SIDES: SchemaLabels<'static> = SchemaLabels {
    from: "the revisions",
    to: "the database",
};

impl<B: Backend> Deploy<'_, B> {
    /// Makes the plan and checks the database for drift.
    ///
    /// # Errors
    ///
    /// [`DeployError::Edited`] and [`DeployError::Drifted`], unless they are allowed; what [`Planned::new`] returns.
    pub(crate) fn plan(&mut self, target: &Target, words: &str) -> Result<Planned, Error> {
        let started = Instant::now();
        let mut client = self.open(Access::Read)?;
        let (plan, warnings) = Planned::new(&self.executor, target, words, client.as_mut())?;
        let edited: Vec<String> = warnings.iter().filter_map(edited).collect();
        if !edited.is_empty() && self.options.edited == OnMismatch::Refuse {
            return Err(DeployError::Edited { revisions: edited }.into());
        }
        self.drift = match client.as_mut() {
            Some(client) => self.drifted(client),
            None => Some(Vec::new()),
        };
        let mut found: Vec<String> = warnings.iter().map(Warning::to_string).collect();
        match &self.drift {
            Some(differences) if differences.is_empty() => {}
            Some(differences) if self.options.drift == OnMismatch::Refuse => {
                let differences = differences.clone();
                return Err(DeployError::Drifted { differences }.into());
            }
            Some(differences) => found.extend(differences.iter().cloned()),
            None => found.push(NOT_COMPARED.to_owned()),
        }
        let detail = if found.is_empty() {
            "ok".to_owned()
        } else {
            found.join("; ")
        };
        self.log.step("preflight", Ended::Done, &detail, started);
        if let Some(client) = client.as_mut() {
            self.lint(client, &plan)?;
        }
        Ok(plan)
    }

    /// Lints the pending revisions, if a scratch database is available.
    fn lint(&mut self, client: &mut B::Client, plan: &Planned) -> Result<(), Error> {
        let started = Instant::now();
        let steps: Vec<String> = plan
            .steps
            .iter()
            .map(|step| step.revision.clone())
            .collect();
        match lint::pending(self.executor.migrations, client, Some(&self.url), &steps) {
            Ok(findings) => self.lints = self.options.lints.apply(findings),
            Err(error) => {
                let detail = format!("not checked: {error}");
                self.log.step("lint", Ended::Skipped, &detail, started);
            }
        }
        let denied = self.lints.iter().filter(|(level, _)| *level == Level::Deny);
        let (mut lints, findings): (Vec<_>, Vec<_>) = denied
            .map(|(_, one)| {
                let line = format!("`{}`: {}", one.revision, one.message);
                (one.lint.name(), line)
            })
            .unzip();
        lints.dedup();
        match findings.is_empty() {
            true => Ok(()),
            false => Err(DeployError::LintDenied { lints, findings }.into()),
        }
    }

    fn open(&self, access: Access) -> Result<Option<B::Client>, Error> {
        let (migrations, wait) = (self.executor.migrations, self.executor.options.wait);
        migrations.open(&self.url, access, wait)
    }

    /// Compares the database with the schema that its revisions build on a scratch database, if one is available.
    fn drifted(&self, client: &mut B::Client) -> Option<Vec<String>> {
        let found = autogenerate::drift(self.executor.migrations, client, Some(&self.url));
        let found = found.ok()?;
        Some(describe::describe_operations::<B>(&found, SIDES))
    }

    /// Performs the plan.
    ///
    /// # Errors
    ///
    /// [`DeployError::Failed`], which describes the state of the database and of the application.
    pub(crate) fn run(&mut self, plan: &Planned, target: &Target) -> Result<Deployed, Error> {
        let stop = self.options.hooks.stop.clone();
        if let Err(cause) = self.hook("stop", stop.as_deref()) {
            return Err(self.give_up("stop", cause));
        }
        let before = match self.backup() {
            Ok(before) => before,
            Err(cause) => return Err(self.give_up("backup", cause)),
        };
        match self.change(plan, target) {
            Ok(()) => Ok(Deployed {
                backup: before.backup,
                elapsed: self.log.elapsed(),
            }),
            Err((stage, cause)) => Err(self.take_back(stage, cause, &before)),
        }
    }

    /// Ends the deployment before a stage, if a signal has requested it.
    fn check_interrupted(&mut self, stage: &'static str) -> Result<(), Error> {
        if !self.executor.options.stopped() {
            return Ok(());
        }
        let error = Error::Interrupted { done: Vec::new() };
        self.log
            .step(stage, Ended::Failed, &error.to_string(), Instant::now());
        Err(error)
    }

    fn backup(&mut self) -> Result<Before, Error> {
        self.check_interrupted("backup")?;
        let started = Instant::now();
        let state = self.state();
        let Some(settings) = &self.options.backups else {
            self.log
                .step("backup", Ended::Skipped, "not requested", started);
            return Ok(Before {
                state,
                backup: None,
            });
        };
        if self.open(Access::Read)?.is_none() {
            let detail = "there is no database yet";
            self.log.step("backup", Ended::Skipped, detail, started);
            return Ok(Before {
                state,
                backup: None,
            });
        }
        let created = Backups::of(self.executor.migrations, &self.url, settings)
            .and_then(|backups| backups.make());
        match created {
            Ok(created) => {
                let detail = created.backup.file.display().to_string();
                self.log.step("backup", Ended::Done, &detail, started);
                let backup = Some(created.backup);
                Ok(Before { state, backup })
            }
            Err(error) => {
                self.log
                    .step("backup", Ended::Failed, &error.to_string(), started);
                Err(error)
            }
        }
    }

    /// Reads what is recorded; returns `None` if that fails.
    fn state(&self) -> Option<State> {
        match self.open(Access::Read) {
            Ok(Some(mut client)) => self.executor.look(B::reader(&mut client)).ok(),
            Ok(None) => Some(State::default()),
            Err(_) => None,
        }
    }

    fn change(&mut self, plan: &Planned, target: &Target) -> Result<(), (&'static str, Error)> {
        self.stage("upgrade", |deploy| deploy.upgrade(plan, target))?;
        self.stage("check", Self::check)?;
        let (start, health) = (
            self.options.hooks.start.clone(),
            self.options.hooks.health.clone(),
        );
        for (name, command) in [("start", start), ("health", health)] {
            self.check_interrupted(name)
                .and_then(|()| self.hook(name, command.as_deref()))
                .map_err(|error| (name, error))?;
        }
        Ok(())
    }

    fn stage(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Self) -> Result<String, Error>,
    ) -> Result<(), (&'static str, Error)> {
        self.check_interrupted(name)
            .map_err(|error| (name, error))?;
        let started = Instant::now();
        match work(self) {
            Ok(detail) => {
                self.log.step(name, Ended::Done, &detail, started);
                Ok(())
            }
            Err(error) => {
                self.log
                    .step(name, Ended::Failed, &error.to_string(), started);
                Err((name, error))
            }
        }
    }

    fn upgrade(&mut self, plan: &Planned, target: &Target) -> Result<String, Error> {
        let now = {
            let mut client = self.open(Access::Read)?;
            Planned::new(&self.executor, target, &plan.target, client.as_mut())?.0
        };
        // Between the plan and the stop, another process may have changed the database.
        if !now.differences(plan).is_empty() {
            return Err(Error::ConcurrentChange);
        }
        let mut client = self.open(Access::Write)?.ok_or_else(|| {
            Error::Bug("a database opened for writing was not created".to_owned())
        })?;
        let mut lines = Lines(&self.log);
        let report = self.executor.upgrade(&mut client, target, &mut lines)?;
        if report.heads != plan.heads_after {
            return Err(Error::ConcurrentChange);
        }
        Ok(format!("now at {}", report.heads.join(", ")))
    }

    /// Checks that the database now has the schema that its revisions build. Drift from before is accepted.
    fn check(&mut self) -> Result<String, Error> {
        let mut client = self
            .open(Access::Read)?
            .ok_or_else(|| Error::Bug("a database that was upgraded does not exist".to_owned()))?;
        let (Some(before), Some(mut after)) = (&self.drift, self.drifted(&mut client)) else {
            return Ok(NOT_COMPARED.to_owned());
        };
        after.retain(|line| !before.contains(line));
        if after.is_empty() {
            return Ok("the schema matches the revisions".to_owned());
        }
        Err(DeployError::SchemaMismatch { differences: after }.into())
    }

    fn hook(&mut self, name: &'static str, command: Option<&str>) -> Result<(), Error> {
        let started = Instant::now();
        let Some(command) = command else {
            self.log.step(name, Ended::Skipped, "no command", started);
            return Ok(());
        };
        let (hooks, file) = (&self.options.hooks, self.log.file());
        let stopped = || self.executor.options.stopped();
        let ran = match name {
            "health" => hook::run_until(name, command, hooks, file, stopped),
            _ => hook::run(name, command, hooks.timeout, file).map(|()| 1),
        };
        match ran {
            Ok(tries) => {
                let detail = if tries > 1 {
                    format!("done at try {tries}")
                } else {
                    String::new()
                };
                self.log.step(name, Ended::Done, &detail, started);
                Ok(())
            }
            Err(error) => {
                let error = match name {
                    "health" if stopped() => Error::Interrupted { done: Vec::new() },
                    _ => error.into(),
                };
                self.log
                    .step(name, Ended::Failed, &error.to_string(), started);
                Err(error)
            }
        }
    }

    /// Ends a deployment before anything was changed.
    fn give_up(&mut self, stage: &'static str, cause: Error) -> Error {
        let database = vec!["nothing was changed in the database".to_owned()];
        let recovery = self.started_again(database);
        failed(stage, cause, recovery)
    }

    /// Ends a deployment that changed something, and restores the backup.
    fn take_back(&mut self, stage: &'static str, cause: Error, before: &Before) -> Error {
        let mut lines = Vec::new();
        let interrupted = matches!(cause, Error::Interrupted { .. });
        if stage == "health" || stage == "start" && !interrupted {
            let stop = self.options.hooks.stop.clone();
            if let Err(error) = self.hook("stop", stop.as_deref()) {
                lines.push(format!("stopping the application again failed: {error}"));
            }
        }
        if stage == "upgrade" && self.is_unchanged(&cause, before) {
            lines.push("nothing was changed in the database".to_owned());
            let recovery = self.started_again(lines);
            return failed(stage, cause, recovery);
        }
        let Some(backup) = &before.backup else {
            lines.push("there is no backup to restore: the database is left as it is".to_owned());
            let help =
                "run `status` to list the applied revisions; the application was not started";
            return failed(
                stage,
                cause,
                Recovery {
                    database: lines,
                    application: None,
                    help: Some(help.to_owned()),
                },
            );
        };
        let file = backup.file.clone();
        match self.restore_backup(&file) {
            Ok(kept) => {
                let heads = backup.heads.as_deref().unwrap_or_default();
                let heads = if heads.is_empty() {
                    "base".to_owned()
                } else {
                    heads.join(", ")
                };
                let file = file.display();
                lines.push(format!(
                    "the backup {file} was restored: the database is at {heads} again"
                ));
                lines.extend(kept.map(|kept| {
                    format!(
                        "the state that the deployment left is kept as {}",
                        kept.display()
                    )
                }));
                let recovery = self.started_again(lines);
                failed(stage, cause, recovery)
            }
            Err(error) => {
                lines.push(format!("restoring the backup failed: {error}"));
                let file = file.display();
                let help = format!(
                    "the application was not started; restore the backup manually: `backup restore {file}`"
                );
                failed(
                    stage,
                    cause,
                    Recovery {
                        database: lines,
                        application: None,
                        help: Some(help),
                    },
                )
            }
        }
    }

    /// Returns whether a failed upgrade left the database unchanged.
    fn is_unchanged(&self, cause: &Error, before: &Before) -> bool {
        let kept = match cause {
            Error::MigrationFailed(failure) => failure.state == FailureState::PartiallyApplied,
            Error::Commit { recorded, .. } => *recorded != Some(false),
            _ => false,
        };
        let same = match (&before.state, self.state()) {
            (Some(before), Some(now)) => before.rows == now.rows,
            _ => false,
        };
        !kept && same
    }

    fn restore_backup(&mut self, file: &std::path::Path) -> Result<Option<PathBuf>, Error> {
        let started = Instant::now();
        let settings = self.options.backups.clone().unwrap_or_default();
        let restored =
            Backups::of(self.executor.migrations, &self.url, &settings).and_then(|backups| {
                let plan = backups.plan_restore(file)?;
                backups.restore(plan)
            });
        match restored {
            Ok(restored) => {
                let detail = file.display().to_string();
                self.log.step("restore", Ended::Done, &detail, started);
                Ok(restored.kept)
            }
            Err(error) => {
                self.log
                    .step("restore", Ended::Failed, &error.to_string(), started);
                Err(error)
            }
        }
    }

    /// Starts the previous version of the application.
    fn started_again(&mut self, database: Vec<String>) -> Recovery {
        let hooks = &self.options.hooks;
        let (name, command) = match hooks.rollback.clone() {
            Some(command) => ("rollback", Some(command)),
            None => ("start", hooks.start.clone()),
        };
        if command.is_none() {
            return Recovery {
                database,
                application: None,
                help: None,
            };
        }
        let started = self.hook(name, command.as_deref());
        let (application, help) = match started {
            Ok(()) => ("the application was started again".to_owned(), None),
            Err(error) => (
                format!("the application could not be started again: {error}"),
                Some("start the application manually; its database is as it was".to_owned()),
            ),
        };
        Recovery {
            database,
            application: Some(application),
            help,
        }
    }
}

/// The state before anything was changed.
struct Before {
    state: Option<State>,
    backup: Option<Backup>,
}

const NOT_COMPARED: &str =
    "not compared with the schema that the revisions build: no scratch database is available";

fn edited(warning: &Warning) -> Option<String> {
    match warning {
        Warning::ChecksumMismatch { revision, .. } => Some(revision.clone()),
        _ => None,
    }
}

fn failed(stage: &'static str, cause: Error, recovery: Recovery) -> Error {
    let cause = Box::new(cause);
    DeployError::Failed {
        stage,
        cause,
        recovery,
    }
    .into()
}

/// Logs each revision that runs.
struct Lines<'l>(&'l Log);

impl Observer for Lines<'_> {
    fn step_started(&mut self, step: &StepReport) {
        let title = titled(&step.revision, &step.message);
        self.0.line(&format!("{:<9} {title}", "upgrade"));
    }

    fn lock_wait_listener(&mut self, _: &StepReport) -> Option<LockWaitListener> {
        let print = self.0.printer();
        Some(Box::new(move |wait| {
            print(&format!("{:<9} warning: {wait}", "upgrade"));
        }))
    }

    fn warning(&mut self, warning: &Warning) {
        self.0.line(&format!("{:<9} warning: {warning}", "upgrade"));
    }
}
