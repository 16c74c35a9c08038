//! A package -> its runner, built and run. The runner does the work on the database; this file knows none.

use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use migrate_graph::files::Directory;
use serde_json::Value;

use crate::cli::{Color, Global};
use crate::environment::Environment;
use crate::lint;
use crate::project::Project;
use crate::report::Report;
use crate::source::directory_of;

/// Options of every command that goes through the runner.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RunnerOptions {
    /// Database, else DATABASE_URL, `.env` or `[package.metadata.migrate] database-url`
    #[arg(long, value_name = "URL", help_heading = "Database")]
    database_url: Option<String>,

    /// How long to wait for another process that migrates
    #[arg(long, value_name = "SECONDS", help_heading = "Database")]
    wait: Option<String>,

    #[command(flatten)]
    build: BuildOptions,
}

/// Cargo's own options, handed to `cargo build`.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Build")]
struct BuildOptions {
    /// Build the runner with optimisations
    #[arg(long, conflicts_with = "profile")]
    release: bool,
    /// Build the runner with this profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Features to activate
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// Activate all features
    #[arg(long)]
    all_features: bool,
    /// Leave out the default features
    #[arg(long)]
    no_default_features: bool,
    /// Directory for what is built
    #[arg(long, value_name = "PATH")]
    target_dir: Option<PathBuf>,
    /// Build without the network
    #[arg(long)]
    offline: bool,
    /// Build with Cargo.lock as it is
    #[arg(long)]
    locked: bool,
    /// The same as --locked and --offline
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

/// A runner that was built, and the database it is for.
pub(crate) struct Runner {
    executable: PathBuf,
    /// The database, where the runner does not find it by itself, and other settings of the package. The database is not an
    /// argument, because everybody on the machine can read those.
    environment: Environment,
    wait: Option<String>,
}

impl Runner {
    /// Checks the package's revision files, then builds its runner.
    ///
    /// # Errors
    ///
    /// Every mistake in the revision files, which the build would meet too; a package without a runner; a failed build.
    pub(crate) fn build(options: &RunnerOptions, global: &Global) -> Result<Self, Report> {
        let project = Project::find(global)?;
        if !project.has_runner() {
            return Err(Report::usage(format!(
                "package `{}` has no runner, no program `{}`",
                project.name,
                project.runner()
            ))
            .at(crate::source::for_people(&project.manifest))
            .help(format!("`cargo migrate init -p {}` makes it", project.name)));
        }
        let directory = directory_of(&project)?;
        check(&directory)?;
        let executable = build(&project, &options.build, global)?;
        Ok(Self {
            executable,
            environment: environment(options, &project, &directory),
            wait: options.wait.clone(),
        })
    }

    /// Runs a command in place of this process, so that its streams, signals and exit code are this one's. Comes back
    /// only if the runner can't be started, with the reason.
    pub(crate) fn become_it(
        &self,
        command: &str,
        arguments: &[OsString],
        global: &Global,
    ) -> Report {
        let mut process = self.command(command, arguments);
        process.args(["--color", global.color.as_str()]);
        let flags = [
            (global.json, "--json"),
            (global.quiet, "--quiet"),
            (global.verbose, "--verbose"),
        ];
        process.args(
            flags
                .iter()
                .filter(|(given, _)| *given)
                .map(|(_, flag)| flag),
        );
        self.not_started(&run_in_place(&mut process))
    }

    /// Runs a command and returns the document that its `--json` prints.
    ///
    /// # Errors
    ///
    /// The runner's own failure; a report if it can't be started, or answers something else.
    pub(crate) fn ask(&self, command: &str, arguments: &[OsString]) -> Result<Value, Report> {
        let mut process = self.command(command, arguments);
        let output = process
            .arg("--json")
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.not_started(&error))?;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        match (answer.get("error"), output.status.code()) {
            (Some(error), code) => Err(Report::of_runner(
                error,
                code.and_then(|code| code.try_into().ok()),
            )),
            // Something that a check found is an answer too.
            (None, Some(0 | 3)) if !answer.is_null() => Ok(answer),
            (None, _) => Err(Report::new(
                "database",
                format!("the runner did not answer: {}", output.status),
            )
            .at(&self.executable)
            .help("run `cargo migrate current` to see what it says")),
        }
    }

    fn command(&self, command: &str, arguments: &[OsString]) -> Command {
        let mut process = Command::new(&self.executable);
        process.arg(command).args(arguments);
        process.envs(self.environment.clone());
        if let Some(seconds) = &self.wait {
            process.args(["--wait", seconds]);
        }
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

/// Refuses what would not compile, without asking the compiler.
fn check(directory: &Directory) -> Result<(), Report> {
    Report::of_mistakes(&directory.check().mistakes).map_or(Ok(()), Err)
}

fn build(project: &Project, options: &BuildOptions, global: &Global) -> Result<PathBuf, Report> {
    let runner = project.runner();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut process = Command::new(&cargo);
    process
        .args([
            "build",
            "--message-format=json-render-diagnostics",
            "--bin",
            &runner,
            "--manifest-path",
        ])
        .arg(&project.manifest)
        .args(options.arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if global.quiet {
        process.arg("--quiet");
    }
    if global.color != Color::Auto {
        process.args(["--color", global.color.as_str()]);
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
        _ => Err(Report::new(
            "build_failed",
            format!(
                "package `{}` does not build, so it can't migrate",
                project.name
            ),
        )
        .why("the compiler's errors are above")
        .help("correct them, and run the command again")),
    }
}

/// The variable that the runner looks at last, after everything else that names a database.
const DEFAULT_URL: &str = "MIGRATE_DATABASE_URL_DEFAULT";

/// What the runner does not find by itself: the database, and the package's settings that nobody has set otherwise.
fn environment(options: &RunnerOptions, project: &Project, directory: &Directory) -> Environment {
    let unset = |(name, _): &(&'static str, String)| std::env::var_os(name).is_none();
    let levels = lint::for_runner(&project.settings.lints, directory);
    let levels = (!levels.is_empty()).then_some((lint::VARIABLE, levels));
    let settings = project.settings.environment.iter().cloned().chain(levels);
    let settings = settings.filter(unset);
    settings.chain(database_url(options, project)).collect()
}

/// The variable that says which database is meant, where the runner does not find it by itself.
///
/// A path is meant from the current directory where it was typed, and from the package's directory where the package's
/// `.env` or Cargo.toml says it.
fn database_url(options: &RunnerOptions, project: &Project) -> Option<(&'static str, String)> {
    if let Some(url) = &options.database_url {
        return Some(("DATABASE_URL", url.clone()));
    }
    let entries = dotenvy::from_path_iter(project.root.join(".env")).ok();
    let in_package = entries
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .find(|(key, _)| key == "DATABASE_URL");
    let url = in_package
        .map(|(_, url)| url)
        .or_else(|| project.settings.database_url.clone())?;
    Some((DEFAULT_URL, from_directory(&url, &project.root)))
}

/// Makes the relative path of a SQLite file absolute.
fn from_directory(url: &str, directory: &Path) -> String {
    let (scheme, path) = match url.strip_prefix("sqlite:") {
        Some(path) => ("sqlite:", path.strip_prefix("//").unwrap_or(path)),
        None if url.contains("://") => return url.to_owned(),
        None => ("", url),
    };
    let is_a_file = !path.is_empty() && !path.starts_with(":memory:") && !path.starts_with("file:");
    if is_a_file && Path::new(path).is_relative() {
        format!("{scheme}{}", directory.join(path).display())
    } else {
        url.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_of_a_package_is_meant_from_its_directory() {
        for (url, expected) in [
            ("sqlite:data.db", "sqlite:/p/data.db"),
            ("sqlite://data.db?mode=ro", "sqlite:/p/data.db?mode=ro"),
            ("data.db", "/p/data.db"),
            ("sqlite:///abs.db", "sqlite:///abs.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("postgres://h/db", "postgres://h/db"),
        ] {
            assert_eq!(from_directory(url, Path::new("/p")), expected);
        }
    }
}
