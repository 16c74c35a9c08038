//! Defines [`InRunner`]: a command that the runner does alone.

use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use migrate_cli::{Deploy, Downgrade, Forwarded, Preview, Stamp, Upgrade, Verify, WithScratch};
use migrate_graph::Target;
use serde_json::Value;

use crate::global::Global;
use crate::output::CommandOutput;
use crate::report::Report;
use crate::runner::{Runner, RunnerOptions, exec_runner};

/// A command that the runner does alone, with the options `A`.
#[derive(Debug)]
pub(crate) struct InRunner<A> {
    forwarded: Forwarded<A>,
    runner: RunnerOptions,
}

impl<A: Args> Args for InRunner<A> {
    fn augment_args(command: Command) -> Command {
        let command = A::augment_args(command);
        // The description is that of `A`.
        let short = command.get_about().cloned();
        let long = command.get_long_about().cloned();
        RunnerOptions::augment_args(command)
            .about(Resettable::from(short))
            .long_about(Resettable::from(long))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<A: Args> FromArgMatches for InRunner<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            forwarded: Forwarded::from_arg_matches(matches)?,
            runner: RunnerOptions::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<A: Args> InRunner<A> {
    /// Runs the command of this name.
    pub(super) fn run(
        &self,
        name: &str,
        global: &Global,
    ) -> Result<Box<dyn CommandOutput>, Report> {
        exec_runner(name, &self.forwarded.arguments, &self.runner, global)
    }

    /// Runs the command of this name with `--json`, and returns its document.
    pub(super) fn run_json(&self, name: &str, global: &Global) -> Result<Value, Report> {
        Runner::build(&self.runner, global)?.run_json(name, &self.forwarded.arguments)
    }

    /// Returns the options.
    pub(super) fn options(&self) -> &A {
        &self.forwarded.options
    }

    /// Checks the options before the runner is built.
    pub(super) fn checked(
        &self,
        check: impl Fn(&A) -> Result<(), Report>,
    ) -> Result<&Self, Report> {
        check(&self.forwarded.options)?;
        Ok(self)
    }
}

pub(super) fn check_upgrade(options: &Upgrade) -> Result<(), Report> {
    check_run(&options.target, options.preview)
}

pub(super) fn check_downgrade(options: &Downgrade) -> Result<(), Report> {
    check_run(&options.target, options.preview)
}

pub(super) fn check_stamp(options: &Stamp) -> Result<(), Report> {
    options.targets.iter().try_for_each(|target| check(target))
}

pub(super) fn check_deploy(options: &Deploy) -> Result<(), Report> {
    check(&options.target)
}

pub(super) fn check_verify(options: &Verify) -> Result<(), Report> {
    let ends = [&options.from, &options.to];
    ends.into_iter().flatten().try_for_each(|end| check(end))
}

pub(super) fn check_with_scratch(options: &WithScratch) -> Result<(), Report> {
    check(&options.at)
}

/// Rejects an invalid target. A range is valid only with `--sql`.
fn check_run(target: &str, preview: Preview) -> Result<(), Report> {
    match target.split_once(':') {
        Some((from, to)) if preview.sql => {
            let mut ends = [from, to].into_iter().filter(|end| !end.is_empty());
            ends.try_for_each(check)
        }
        _ => check(target),
    }
}

fn check(target: &str) -> Result<(), Report> {
    Target::parse(target)?;
    Ok(())
}
