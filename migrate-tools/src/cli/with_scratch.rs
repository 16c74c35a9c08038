//! Implements the runner's `with-scratch` command.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus as ProcessStatus};

use migrate_cli::WithScratch;
use migrate_graph::Target;

use migrate_engine::backend::{Backend, ScratchRequest, SharedScratch};
use migrate_engine::error::Error;
use migrate_engine::exit::ExitStatus;
use migrate_engine::migrations::Migrations;

use super::args::Global;
use super::ui::Ui;
use super::{database, signals};

/// The target that needs no run.
const BASE: &str = "base";

pub(super) fn run<B: Backend>(
    migrations: &Migrations<B>,
    args: &WithScratch,
    global: &Global,
    ui: &Ui,
) -> Result<ExitStatus, Error> {
    if args.at != BASE {
        migrations.check_target_from_empty(&Target::parse(&args.at)?)?;
    }
    signals::hold();
    let server = database::named(global)?;
    let request = ScratchRequest {
        scratch_server: server.as_deref(),
        keep: args.keep,
        template: None,
    };
    let mut scratch = crate::scratch::open_shared(migrations, &request)?;
    if args.keep {
        ui.note(&format!("the scratch database is kept: {}", scratch.shown));
    }
    match upgrade(migrations, args, global, &mut scratch) {
        Err(Error::Interrupted { .. }) => return Ok(interrupted(ui)),
        done => done.map_err(|error| Error::OnScratchDatabase(Box::new(error)))?,
    }
    if signals::is_interrupted() {
        return Ok(interrupted(ui));
    }
    let status = started(args, &scratch)?;
    let status = signals::wait(status).map_err(|error| not_run(args, &error))?;
    drop(scratch);
    std::process::exit(code(status))
}

fn upgrade<B: Backend>(
    migrations: &Migrations<B>,
    args: &WithScratch,
    global: &Global,
    scratch: &mut SharedScratch<B>,
) -> Result<(), Error> {
    if args.at == BASE {
        return Ok(());
    }
    let options = global.run_options(None);
    let done = migrations.upgrade_with(&mut scratch.client, &args.at, &options, &mut ());
    done.map(drop)
}

fn interrupted(ui: &Ui) -> ExitStatus {
    ui.note("interrupted: the command was not run");
    ExitStatus::Interrupted
}

fn started<B: Backend>(args: &WithScratch, scratch: &SharedScratch<B>) -> Result<Child, Error> {
    let (program, arguments) = args
        .command
        .split_first()
        .ok_or_else(|| Error::Bug("no command was given".to_owned()))?;
    let mut command = Command::new(program);
    command.args(arguments).env("DATABASE_URL", &scratch.url);
    for name in &args.variables {
        command.env(name, &scratch.url);
    }
    command.envs(scratch.variables.iter().cloned());
    command.spawn().map_err(|error| not_run(args, &error))
}

fn not_run(args: &WithScratch, error: &std::io::Error) -> Error {
    Error::File {
        action: "run",
        path: args.command.first().map(PathBuf::from).unwrap_or_default(),
        reason: error.to_string(),
    }
}

/// Returns the exit code of a process, as a shell would: 128 and the number of the signal that ended it.
fn code(status: ProcessStatus) -> i32 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    match (status.code(), signal) {
        (Some(code), _) => code,
        (None, Some(signal)) => 128 + signal,
        (None, None) => ExitStatus::Failure.code().into(),
    }
}
