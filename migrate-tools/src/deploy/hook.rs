//! Runs the commands that stop, start and check the application.
//!
//! The text of a command is never printed, because it may contain a secret. Each command runs in its own process group,
//! so that Ctrl-C on a terminal reaches the deployment and not an application that is half stopped.

use std::fs::File;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migrate_engine::error::DeployError;

/// The interval at which a running command is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The interval between two health checks.
const BETWEEN: Duration = Duration::from_secs(1);

/// The commands of an application; each is optional.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) stop: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) health: Option<String>,
    /// Runs instead of `start` after the database was restored.
    pub(crate) rollback: Option<String>,
    /// The time limit for one command.
    pub(crate) timeout: Duration,
    /// The time limit for the health check.
    pub(crate) health_timeout: Duration,
}

/// Runs a command once.
///
/// # Errors
///
/// [`DeployError::Hook`] if it can't be started, exits with a status other than 0, or takes longer than `timeout`.
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

/// Runs a command repeatedly until it succeeds, and returns how often it ran.
///
/// # Errors
///
/// [`DeployError::Hook`] of the last try once the time is up, or if `stopped` returns true.
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
        let one = hooks.timeout.min(left.max(POLL_INTERVAL));
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

/// Waits between two tries, or until the deployment is interrupted.
fn pause(stopped: impl Fn() -> bool) {
    let until = Instant::now() + BETWEEN;
    while Instant::now() < until && !stopped() {
        thread::sleep(POLL_INTERVAL);
    }
}

fn start(command: &str, output: Option<&File>) -> io::Result<Child> {
    let mut process = shell(command);
    let (out, err) = match output {
        Some(file) => (file.try_clone()?.into(), file.try_clone()?.into()),
        // Standard output is reserved for the result.
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
            None => thread::sleep(POLL_INTERVAL),
        }
    }
}

/// Kills a command and all processes that it started.
fn end(child: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", child.id());
        let kill = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        // If there is no such program, the command itself is killed below.
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

    fn error_text(result: Result<(), DeployError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_failed_hook_is_reported_without_its_command() {
        let error = error_text(run("stop", "exit 3 # secret", SECOND, None));
        assert_eq!(error, "the stop hook failed with exit code 3");
        let error = error_text(run("stop", "kill -TERM $$", SECOND, None));
        assert!(error.contains("signal"), "{error}");
        assert!(run("stop", "exit 0", SECOND, None).is_ok());
    }

    #[test]
    fn a_hook_that_times_out_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alive");
        let command = format!("(sleep 2; touch {}) & sleep 60", file.display());
        let started = Instant::now();
        let error = error_text(run("start", &command, SECOND / 5, None));
        assert_eq!(
            error,
            "the start hook did not end within 0.2 s, and was killed"
        );
        assert!(started.elapsed() < SECOND * 10);
        thread::sleep(SECOND * 5 / 2);
        assert!(!file.exists(), "its child went on");
    }

    #[test]
    fn health_is_polled_until_it_succeeds() {
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
