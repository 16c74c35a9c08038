//! Runs a program of a database server: finds it, checks its version, and hides its secrets.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use crate::error::{Error, printable};

use crate::error::BackupError;

/// A program, and how to run it.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The package to install if the program is missing.
    pub(crate) package: &'static str,
    /// The words that may precede its version; the first that is found applies. Without them, the version is the first
    /// number.
    pub(crate) version_after: &'static [&'static str],
    /// Its environment. Passwords are never in its arguments, which every user of the machine can read.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// The variables of the caller's environment that are removed.
    pub(crate) forgotten: &'static [&'static str],
    /// The secret, which is removed from the program's output.
    pub(crate) secret: Option<String>,
}

impl Program {
    /// Returns the program's output about its version.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if the program is not found.
    pub(crate) fn says(&self) -> Result<String, Error> {
        let output = Command::new(self.name)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.missing(&error))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Checks that a program is not older than the server, as far as the server's numbers give its version.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if it is older, is not found or prints no version.
    pub(crate) fn not_older_than(&self, server: &[u32]) -> Result<(), Error> {
        let output = self.says()?;
        let Some(mut version) = numbers_in(&output, self.version_after) else {
            let output = printable(&output);
            return Err(self.failed(format!("it does not print its version: {output}")));
        };
        version.truncate(server.len());
        if version.as_slice() >= server {
            return Ok(());
        }
        let server = dotted(server);
        Err(BackupError::Program {
            program: self.name.to_owned(),
            reason: format!(
                "its version is {}, and the version of the server is {server}",
                dotted(&version)
            ),
            help: format!("install the {} of version {server} or newer", self.package),
        }
        .into())
    }

    /// Returns the command, with its environment and an empty standard input.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        for name in self.forgotten {
            command.env_remove(name);
        }
        command
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null());
        // A Ctrl-C on a terminal is for this process, which can clean up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    /// Starts a command, and reads its standard error in the background.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if the program is not found.
    pub(crate) fn start(&self, command: &mut Command) -> Result<Running, Error> {
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.missing(&error))?;
        let stderr_reader = child.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = stderr.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        });
        Ok(Running {
            child,
            stderr_reader,
        })
    }

    /// Runs a command to its end, passes its standard output to `copy`, and returns whether it succeeded, with its
    /// message. The output goes through this process, so that the program ends with it.
    ///
    /// # Errors
    ///
    /// [`BackupError::Program`] if the program is not found; the error of `copy`, once the program has ended.
    pub(crate) fn piped(
        &self,
        command: &mut Command,
        copy: impl FnOnce(&mut dyn Read) -> Result<(), Error>,
    ) -> Result<(bool, String), Error> {
        let mut running = self.start(command.stdout(Stdio::piped()))?;
        let Some(mut output) = running.child.stdout.take() else {
            return Err(Error::Bug("a program has no output".to_owned()));
        };
        if let Err(error) = copy(&mut output) {
            running.cut_off();
            return Err(error);
        }
        drop(output);
        Ok(running.ended())
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

    /// Returns the error of a program that wrote `stderr` to its standard error.
    pub(crate) fn failed(&self, stderr: impl AsRef<str>) -> Error {
        BackupError::Program {
            program: self.name.to_owned(),
            reason: self.shown(stderr.as_ref()),
            help: "nothing was changed; see the message of that program".to_owned(),
        }
        .into()
    }

    /// Returns a program's message in one line, without the secret.
    pub(crate) fn shown(&self, message: &str) -> String {
        let clean = match self.secret.as_deref() {
            Some(secret) => masked(message, secret),
            None => message.to_owned(),
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
            "it failed without a message".to_owned()
        } else {
            text
        }
    }
}

/// Returns a text without a secret. A short secret is a part of many words, so it is hidden only as a whole word.
fn masked(text: &str, secret: &str) -> String {
    const SHORT: usize = 6;
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(secret).filter(|_| !secret.is_empty()) {
        let (before, found) = rest.split_at(at);
        let after = &found[secret.len()..];
        let in_word = before
            .chars()
            .next_back()
            .or(clean.chars().next_back())
            .is_some_and(char::is_alphanumeric)
            || after.starts_with(char::is_alphanumeric);
        clean.push_str(before);
        clean.push_str(match in_word && secret.chars().count() < SHORT {
            true => secret,
            false => "***",
        });
        rest = after;
    }
    clean + rest
}

/// Returns the numbers of the version in a program's output about it.
fn numbers_in(output: &str, after: &[&str]) -> Option<Vec<u32>> {
    let words: Vec<&str> = output.split_whitespace().collect();
    let number = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    let word = match after.is_empty() {
        true => words.iter().find(number),
        false => after.iter().find_map(|before| {
            let at = words.iter().position(|word| word == before)?;
            words.get(at + 1).filter(number)
        }),
    };
    let numbers = word?.split(|c: char| !c.is_ascii_digit());
    Some(numbers.map_while(|number| number.parse().ok()).collect())
}

fn dotted(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    numbers.join(".")
}

/// A running program.
pub(crate) struct Running {
    pub(crate) child: Child,
    stderr_reader: Option<JoinHandle<String>>,
}

impl Running {
    /// Waits for its end; returns whether it succeeded, with its message.
    pub(crate) fn ended(mut self) -> (bool, String) {
        let succeeded = self.child.wait().is_ok_and(|status| status.success());
        let message = self
            .stderr_reader
            .take()
            .and_then(|reader| reader.join().ok());
        (succeeded, message.unwrap_or_default())
    }

    /// Kills it; returns its message.
    pub(crate) fn cut_off(mut self) -> String {
        let _ = self.child.kill();
        self.ended().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_but_not_inside_other_words() {
        for (text, secret, clean) in [
            (
                "exam_ro can't, x is wrong",
                "x",
                "exam_ro can't, *** is wrong",
            ),
            ("u:x@h", "x", "u:***@h"),
            ("axxb xx", "xx", "axxb ***"),
            ("is-longersecret", "longer", "is-***secret"),
            ("nothing", "", "nothing"),
        ] {
            assert_eq!(masked(text, secret), clean);
        }
    }

    #[test]
    fn a_version_is_read_from_program_output() {
        let words = ["Distrib", "from", "Ver"];
        for (said, after, expected) in [
            (
                "pg_dump (PostgreSQL) 15.4 (Debian 15.4-1)",
                &[][..],
                Some(vec![15, 4]),
            ),
            (
                "mariadb-dump  Ver 10.19 Distrib 10.11.19-MariaDB, for debian-linux-gnu",
                &words,
                Some(vec![10, 11, 19]),
            ),
            (
                "mariadb-dump from 11.4.2-MariaDB, client 10.19 for Linux",
                &words,
                Some(vec![11, 4, 2]),
            ),
            (
                "mysqldump  Ver 8.0.36 for Linux on x86_64",
                &words,
                Some(vec![8, 0, 36]),
            ),
            (
                "mysqldump  Ver 10.13 Distrib 5.7.44, for Linux",
                &words,
                Some(vec![5, 7, 44]),
            ),
            ("hello", &words, None),
            ("hello from", &words, None),
            ("hello", &[], None),
        ] {
            assert_eq!(numbers_in(said, after), expected, "{said}");
        }
    }
}
