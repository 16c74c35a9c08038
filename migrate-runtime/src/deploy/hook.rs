//! Commands that stop, start and look at the application.
//!
//! A command's text is never printed: it may hold a secret. It runs in a process group of its own, so that Ctrl-C on a
//! terminal reaches the deployment and not a half-stopped application.

use std::fs::File;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::error::DeployError;

/// How often a running command is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// How long to wait between two looks at the application's health.
const BETWEEN: Duration = Duration::from_secs(1);

/// The commands of an application; those that there are not are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) stop: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) health: Option<String>,
    /// Instead of `start`, after the database was put back.
    pub(crate) rollback: Option<String>,
    /// How long one command may take.
    pub(crate) timeout: Duration,
    /// How long the application may take to become healthy.
    pub(crate) health_timeout: Duration,
}

/// Runs a command once.
///
/// # Errors
///
/// [`DeployError::Hook`] if it can't be started, ends with another status than 0, or takes longer than `timeout`.
pub(crate) fn run(
    hook: &'static str,
    command: &str,
    timeout: Duration,
    output: Option<&File>,
) -> Result<(), DeployError> {
    let failed = |reason: String| DeployError::Hook { hook, reason };
    let mut child =
        start(command, output).map_err(|error| failed(format!("can't be started: {error}")))?;
    match finished(&mut child, timeout) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(failed(ended(status))),
        Ok(None) => {
            end(&mut child);
            Err(failed(format!(
                "did not end within {} s, and was killed",
                timeout.as_secs_f64()
            )))
        }
        Err(error) => Err(failed(format!("can't be waited for: {error}"))),
    }
}

/// Runs a command again and again until it ends well, and returns how often it ran.
///
/// # Errors
///
/// [`DeployError::Hook`] of the last try once the time is up, or `stopped` says so.
pub(crate) fn run_until(
    hook: &'static str,
    command: &str,
    hooks: &Hooks,
    output: Option<&File>,
    stopped: impl Fn() -> bool,
) -> Result<u32, DeployError> {
    let deadline = Instant::now() + hooks.health_timeout;
    for tries in 1.. {
        let left = deadline.saturating_duration_since(Instant::now());
        let one = hooks.timeout.min(left.max(PAUSE));
        match run(hook, command, one, output) {
            Ok(()) => return Ok(tries),
            Err(error) if stopped() => return Err(error),
            Err(DeployError::Hook { hook, reason }) if Instant::now() + BETWEEN >= deadline => {
                let tries = if tries == 1 {
                    "1 try".to_owned()
                } else {
                    format!("{tries} tries")
                };
                let reason = format!(
                    "{reason}; {tries} in {} s",
                    hooks.health_timeout.as_secs_f64()
                );
                return Err(DeployError::Hook { hook, reason });
            }
            Err(_) => pause(&stopped),
        }
    }
    Ok(0)
}

/// Waits between two tries, or until it is to end.
fn pause(stopped: impl Fn() -> bool) {
    let until = Instant::now() + BETWEEN;
    while Instant::now() < until && !stopped() {
        thread::sleep(PAUSE);
    }
}

fn start(command: &str, output: Option<&File>) -> io::Result<Child> {
    let mut process = shell(command);
    let (out, err) = match output {
        Some(file) => (file.try_clone()?.into(), file.try_clone()?.into()),
        // Standard output is for the answer alone.
        None => (Stdio::from(io::stderr()), Stdio::inherit()),
    };
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut process, 0);
    process.stdin(Stdio::null()).stdout(out).stderr(err).spawn()
}

fn shell(command: &str) -> Command {
    let (program, option) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut process = Command::new(program);
    process.args([option, command]);
    process
}

fn finished(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + timeout;
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= deadline => return Ok(None),
            None => thread::sleep(PAUSE),
        }
    }
}

/// Ends a command with all that it started.
fn end(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let kill = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        // Where there is no such program, the command itself goes below.
        let _ = kill;
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => format!("failed: {status}"),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn said(result: Result<(), DeployError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_hook_that_fails_is_told_without_its_text() {
        let error = said(run("stop", "exit 3 # secret", SECOND, None));
        assert_eq!(error, "the stop hook failed with exit code 3");
        let error = said(run("stop", "kill -TERM $$", SECOND, None));
        assert!(error.contains("signal"), "{error}");
        assert!(run("stop", "exit 0", SECOND, None).is_ok());
    }

    #[test]
    fn a_hook_that_does_not_end_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alive");
        let command = format!("(sleep 2; touch {}) & sleep 60", file.display());
        let begun = Instant::now();
        let error = said(run("start", &command, SECOND / 5, None));
        assert_eq!(
            error,
            "the start hook did not end within 0.2 s, and was killed"
        );
        assert!(begun.elapsed() < SECOND * 10);
        thread::sleep(SECOND * 5 / 2);
        assert!(!file.exists(), "its child went on");
    }

    #[test]
    fn health_is_asked_for_until_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let hooks = Hooks {
            timeout: SECOND,
            health_timeout: SECOND * 10,
            ..Hooks::default()
        };
        let command = format!(
            "cd {}; [ -e once ] || {{ touch once; exit 1; }}",
            folder.path().display()
        );
        assert_eq!(
            run_until("health", &command, &hooks, None, || false).unwrap(),
            2
        );
        let hooks = Hooks {
            health_timeout: SECOND / 10,
            ..hooks
        };
        let error = run_until("health", "exit 7", &hooks, None, || false).unwrap_err();
        let expected = "the health hook failed with exit code 7; 1 try in 0.1 s";
        assert_eq!(error.to_string(), expected);
    }
}
