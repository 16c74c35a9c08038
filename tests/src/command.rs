//! The `cargo-migrate` binary, built once, and what a run of it printed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::normalize;

/// Returns the path of the command, built at the first call.
///
/// # Panics
///
/// If it does not build.
pub fn command() -> &'static Path {
    static COMMAND: OnceLock<PathBuf> = OnceLock::new();
    COMMAND.get_or_init(|| {
        let artifacts = artifacts(&["--bin=cargo-migrate"]);
        let mut executables = artifacts
            .iter()
            .filter(|artifact| artifact["target"]["name"] == "cargo-migrate")
            .filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
        executables.next_back().unwrap()
    })
}

/// Returns cargo's directory for everything that it builds.
///
/// # Panics
///
/// If the command does not build.
pub fn target_directory() -> &'static Path {
    // The command is its `debug/cargo-migrate`.
    command().parent().and_then(Path::parent).unwrap()
}

/// Builds a target of this workspace, and returns cargo's message about each artifact.
///
/// This test program is built with it, which it is already. The crates then have the features that tests give them, so
/// none is built another time.
///
/// # Panics
///
/// If they do not build.
pub(crate) fn artifacts(arguments: &[&str]) -> Vec<Value> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut process = Command::new(env!("CARGO"));
    let output = forget_own_package(&mut process)
        .args(["build", "--quiet", "--message-format=json", "--workspace"])
        .args(["--test", &own_name()])
        .args(arguments)
        .current_dir(workspace)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo build {}: {stderr}",
        arguments.join(" ")
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    let messages = stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter(|message| message["reason"] == "compiler-artifact")
        .collect()
}

/// Removes what cargo tells a test about its package. A build script that reads it would run again, and its dependents
/// would be built again.
pub fn forget_own_package(process: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PKG_") {
            process.env_remove(&name);
        }
    }
    process
}

/// Returns the name of the test program that runs.
fn own_name() -> String {
    let program = std::env::current_exe().unwrap();
    let name = program.file_stem().unwrap().to_string_lossy().into_owned();
    // The rest is a hash.
    name.rsplit_once('-')
        .map_or(name.clone(), |(name, _)| name.to_owned())
}

/// What one run of the command printed, and how it ended; prints as a snapshot.
#[derive(Clone, Debug)]
pub struct Run {
    /// The exit code.
    pub status: i32,
    /// Standard output, normalized.
    pub stdout: String,
    /// Standard error, normalized.
    pub stderr: String,
}

impl Run {
    /// Returns what `output` contains, without what differs from run to run.
    pub fn of(output: &Output, directory: &Path) -> Self {
        let text = |bytes: &[u8]| normalize(&String::from_utf8_lossy(bytes), directory);
        // A process that a signal ended has no code.
        let status = output.status.code().unwrap_or(-1);
        Self {
            status,
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Returns standard output as the one JSON document it must be.
    ///
    /// # Panics
    ///
    /// If it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Returns the run if it ended with 0.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.status, 0, "{self}");
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.status)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}
