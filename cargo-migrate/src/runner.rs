//! Builds and runs a package's [`Runner`], which does the work on the database.
//!
//! It must not connect to a database.

mod checked_queries;

use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use migrate_cli::{Color, Forwarded, LockTimeout};
use migrate_graph::files::Directory;
use serde_json::Value;

use crate::environment::Environment;
use crate::global::Global;
use crate::lint;
use crate::output::CommandOutput;
use crate::project::Project;
use crate::report::Report;
use crate::revision_dir::directory_of;
use checked_queries::CheckedQuery;

/// The options of every command that uses the runner.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunnerOptions {
    /// Database URL [default: DATABASE_URL, then `.env`, then `[package.metadata.migrate] database-url`]
    #[arg(long, value_name = "URL", help_heading = "Database")]
    database_url: Option<String>,

    #[command(flatten)]
    lock: Forwarded<LockTimeout>,

    #[command(flatten)]
    build: BuildOptions,
}

/// Cargo's options, passed to `cargo build`.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Build")]
struct BuildOptions {
    /// Build the runner with optimizations
    #[arg(long, conflicts_with = "profile")]
    release: bool,
    /// Profile to build the runner with
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Features to activate
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// Activate all features
    #[arg(long)]
    all_features: bool,
    /// Do not activate the default features
    #[arg(long)]
    no_default_features: bool,
    /// Directory for build artifacts
    #[arg(long, value_name = "PATH")]
    target_dir: Option<PathBuf>,
    /// Build without network access
    #[arg(long)]
    offline: bool,
    /// Fail if Cargo.lock would change
    #[arg(long)]
    locked: bool,
    /// Same as --locked and --offline together
    #[arg(long)]
    frozen: bool,
}

impl BuildOptions {
    fn arguments(&self) -> Vec<OsString> {
        let flags = [
            (self.release, "--release"),
            (self.all_features, "--all-features"),
            (self.no_default_features, "--no-default-features"),
            (self.offline, "--offline"),
            (self.locked, "--locked"),
            (self.frozen, "--frozen"),
        ];
        let mut arguments: Vec<OsString> = flags
            .iter()
            .filter(|(given, _)| *given)
            .map(|(_, flag)| flag.into())
            .collect();
        if let Some(profile) = &self.profile {
            arguments.extend(["--profile".into(), profile.into()]);
        }
        for features in &self.features {
            arguments.extend(["--features".into(), features.into()]);
        }
        if let Some(path) = &self.target_dir {
            arguments.extend(["--target-dir".into(), path.into()]);
        }
        arguments
    }
}

/// A built runner, and its environment.
pub(crate) struct Runner {
    executable: PathBuf,
    /// The database, if the runner does not find it itself, and other settings of the package. The database is not an
    /// argument, because every user of the machine can read arguments.
    environment: Environment,
    /// The options for every command of the runner.
    options: Vec<OsString>,
}

impl Runner {
    /// Checks the package's revision files, then builds its runner.
    ///
    /// # Errors
    ///
    /// Every error in the revision files, which would also fail the build; a package without a runner; a failed
    /// build.
    pub(crate) fn build(options: &RunnerOptions, global: &Global) -> Result<Self, Report> {
        let project = Project::find(global)?;
        if !project.has_runner() {
            return Err(Report::usage(format!(
                "package `{}` has no runner: binary `{}` does not exist",
                project.name,
                project.runner()
            ))
            .at(crate::output::display_path(&project.manifest))
            .help(format!(
                "run `cargo migrate init -p {}` to create it",
                project.name
            )));
        }
        let directory = directory_of(&project)?;
        check(&directory)?;
        let executable = build(&project, &options.build, global)?;
        Ok(Self {
            executable,
            environment: environment(options, &project, &directory),
            options: options.lock.arguments.clone(),
        })
    }

    /// Replaces this process by a command of the runner, which uses its streams, signals and exit code. Returns only if
    /// the runner can't be started, with the reason.
    pub(crate) fn exec(&self, command: &str, arguments: &[OsString], global: &Global) -> Report {
        let mut process = self.command(&global.output.arguments, command, arguments);
        self.not_started(&run_in_place(&mut process))
    }

    /// Runs a command with `--json` and returns the document it prints.
    ///
    /// # Errors
    ///
    /// The error of the runner, or a report if it can't be started or prints something else.
    pub(crate) fn run_json(&self, command: &str, arguments: &[OsString]) -> Result<Value, Report> {
        let mut process = self.command(&["--json".into()], command, arguments);
        let output = process
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.not_started(&error))?;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        match (answer.get("error"), output.status.code()) {
            (Some(error), code) => Err(Report::of_runner(
                error,
                code.and_then(|code| code.try_into().ok()),
            )),
            // Findings of a check are also a result.
            (None, Some(0 | 3)) if !answer.is_null() => Ok(answer),
            (None, _) => Err(Report::new(
                "internal_error",
                format!("the runner printed no result: {}", output.status),
            )
            .at(&self.executable)
            .help("run `cargo migrate current` to see its output")),
        }
    }

    /// Returns the process of a command, such as `upgrade` or `backup create`. The options are before the command,
    /// because the arguments of the command may contain `--`.
    fn command(&self, output: &[OsString], command: &str, arguments: &[OsString]) -> Command {
        let mut process = Command::new(&self.executable);
        process.args(output).args(&self.options);
        process.args(command.split(' ')).args(arguments);
        process.envs(self.environment.clone());
        process
    }

    fn not_started(&self, error: &std::io::Error) -> Report {
        Report::file("run", &self.executable, error)
    }
}

#[cfg(unix)]
fn run_in_place(process: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(process)
}

#[cfg(not(unix))]
fn run_in_place(process: &mut Command) -> std::io::Error {
    match process.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// Rejects revision files that would not compile, without running the compiler.
fn check(directory: &Directory) -> Result<(), Report> {
    Report::of_diagnostics(&directory.check().diagnostics).map_or(Ok(()), Err)
}

/// Returns the options that activate the features which the runner requires.
fn required_features(project: &Project) -> Vec<&str> {
    let features = project.runner_features.iter();
    features
        .flat_map(|feature| ["--features", feature])
        .collect()
}

fn build(project: &Project, options: &BuildOptions, global: &Global) -> Result<PathBuf, Report> {
    let runner = project.runner();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut process = Command::new(&cargo);
    process
        .args(build_arguments(project, "json-render-diagnostics"))
        .args(options.arguments())
        .args(required_features(project))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if global.output().quiet {
        process.arg("--quiet");
    }
    if global.output().color != Color::Auto {
        process.args(["--color", global.output().color.as_str()]);
    }
    let not_started = |error: std::io::Error| Report::file("run", Path::new(&cargo), &error);
    let mut child = process.spawn().map_err(not_started)?;
    let stdout = child.stdout.take().map(BufReader::new);
    let mut executable = None;
    for message in stdout.into_iter().flat_map(Message::parse_stream) {
        if let Ok(Message::CompilerArtifact(artifact)) = message
            && artifact.target.is_bin()
            && artifact.target.name == runner
        {
            executable = artifact.executable;
        }
    }
    let status = child.wait().map_err(not_started)?;
    match executable {
        Some(path) if status.success() => Ok(path.into_std_path_buf()),
        _ => {
            let checked = checked_queries::found(project, || {
                let mut again = Command::new(&cargo);
                again
                    .args(build_arguments(project, "json"))
                    .args(options.arguments());
                again
            });
            Err(not_built(project, checked))
        }
    }
}

/// Returns the arguments of `cargo` that build the runner.
fn build_arguments(project: &Project, format: &str) -> Vec<OsString> {
    vec![
        "build".into(),
        format!("--message-format={format}").into(),
        "--bin".into(),
        project.runner().into(),
        "--manifest-path".into(),
        project.manifest.clone().into(),
    ]
}

fn not_built(project: &Project, checked: Option<CheckedQuery>) -> Report {
    let report = Report::new(
        "build_failed",
        format!(
            "package `{}` does not build, so its runner can't run",
            project.name
        ),
    )
    .note("the compiler's errors are above");
    match checked {
        Some(query) => report.note(query.note()).help(query.help(project)),
        None => report.help("correct them and run the command again"),
    }
}

/// The variable that the runner reads last, after all other sources of the database URL.
const DEFAULT_URL: &str = "MIGRATE_DATABASE_URL_DEFAULT";

/// The variable with the base directory for `.env` and for relative paths of the package.
const PACKAGE: &str = "MIGRATE_PACKAGE_DIR";

/// Returns the environment of the runner: the database, and the package's settings that are not already set.
fn environment(options: &RunnerOptions, project: &Project, directory: &Directory) -> Environment {
    let unset = |(name, _): &(&'static str, String)| std::env::var_os(name).is_none();
    let levels = lint::for_runner(&project.settings.lints, directory);
    let levels = (!levels.is_empty()).then_some((lint::VARIABLE, levels));
    let allowed = lint::allowed_to_lose(directory);
    let allowed = (!allowed.is_empty()).then_some((lint::LOSSES, allowed));
    let lint_variables = levels.into_iter().chain(allowed);
    let settings = project
        .settings
        .environment
        .iter()
        .cloned()
        .chain(lint_variables);
    let settings = settings.filter(unset);
    settings.chain(database(options, project)).collect()
}

/// Returns the variables for the database: the URL on the command line, otherwise the package's directory, whose `.env`
/// the runner reads, and the URL in Cargo.toml.
fn database(options: &RunnerOptions, project: &Project) -> Environment {
    let url = match (&options.database_url, &project.settings.database_url) {
        (Some(typed), _) => Some(("DATABASE_URL", typed.clone())),
        (None, value) => value.clone().map(|url| (DEFAULT_URL, url)),
    };
    let root = project.root.display().to_string();
    [(PACKAGE, root)].into_iter().chain(url).collect()
}

/// Builds the runner and replaces this process by one of its commands; returns only on failure.
pub(crate) fn exec_runner(
    command: &str,
    arguments: &[OsString],
    options: &RunnerOptions,
    global: &Global,
) -> Result<Box<dyn CommandOutput>, Report> {
    Err(Runner::build(options, global)?.exec(command, arguments, global))
}
