//! A program of a database server: looked for, asked for its version, run without its secrets being shown.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use crate::error::{Error, printable};

use super::error::BackupError;

/// A program, and what it needs to know.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// What is to be installed where it is missing.
    pub(crate) package: &'static str,
    /// Its environment: passwords go here, as everybody on the machine can read arguments.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// What is never shown, whatever the program says.
    pub(crate) secret: Option<String>,
}

impl Program {
    /// Returns the program's main version.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if it is not there or says no version.
    pub(crate) fn version(&self) -> Result<u32, Error> {
        let output = Command::new(self.name)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.missing(&error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = text
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .and_then(|word| {
                word.split(|c: char| !c.is_ascii_digit())
                    .next()?
                    .parse()
                    .ok()
            });
        number.ok_or_else(|| {
            self.failed(format!(
                "it does not tell its version: {}",
                printable(&text)
            ))
        })
    }

    /// Refuses a program that is older than the server.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`].
    pub(crate) fn not_older_than(&self, server: u32) -> Result<(), Error> {
        let version = self.version()?;
        if version >= server {
            return Ok(());
        }
        Err(BackupError::Program {
            program: self.name.to_owned(),
            reason: format!("it is of version {version}, and the server of version {server}"),
            help: format!("install the {} of version {server} or newer", self.package),
        }
        .into())
    }

    /// Returns the command, with its environment and nothing to read.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        // A service of the caller's environment would be mixed in.
        command
            .env_remove("PGSERVICE")
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    /// Starts a command whose standard error is read meanwhile.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if it is not there.
    pub(crate) fn start(&self, command: &mut Command) -> Result<Running, Error> {
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.missing(&error))?;
        let said = child.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = stderr.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        });
        Ok(Running { child, said })
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if it is not there.
    pub(crate) fn output(&self, command: &mut Command) -> Result<Output, Error> {
        command.output().map_err(|error| self.missing(&error))
    }

    fn missing(&self, error: &std::io::Error) -> Error {
        BackupError::Program {
            program: self.name.to_owned(),
            reason: format!("it can't be run: {error}"),
            help: format!(
                "install the {}, and have `{}` in PATH",
                self.package, self.name
            ),
        }
        .into()
    }

    /// Returns the error of a program that ended with `said` on its standard error.
    pub(crate) fn failed(&self, said: impl AsRef<str>) -> Error {
        BackupError::Program {
            program: self.name.to_owned(),
            reason: self.shown(said.as_ref()),
            help: "nothing was changed; see what it says".to_owned(),
        }
        .into()
    }

    /// Returns what a program said in a line, without the secret.
    pub(crate) fn shown(&self, said: &str) -> String {
        let clean = match self.secret.as_deref() {
            Some(secret) if !secret.is_empty() => said.replace(secret, "***"),
            _ => said.to_owned(),
        };
        let lines: Vec<_> = clean
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let text: String = lines
            .join("; ")
            .chars()
            .filter(|c| !c.is_control())
            .take(600)
            .collect();
        if text.is_empty() {
            "it failed without a word".to_owned()
        } else {
            text
        }
    }
}

/// A program that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    said: Option<JoinHandle<String>>,
}

impl Running {
    /// Waits for its end; returns whether it went well, and what it said.
    pub(crate) fn ended(mut self) -> (bool, String) {
        let well = self.child.wait().is_ok_and(|status| status.success());
        let said = self.said.take().and_then(|said| said.join().ok());
        (well, said.unwrap_or_default())
    }

    /// Ends it by force; returns what it had said.
    pub(crate) fn cut_off(mut self) -> String {
        let _ = self.child.kill();
        self.ended().1
    }
}
