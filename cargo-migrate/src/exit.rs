//! Defines the [`ExitStatus`] codes of the command.
//!
//! They must be the same as the runner's.

use std::process::ExitCode;

/// The result of the command: an exit code of its own, or that of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// 0: success, or nothing to do.
    Success,
    /// 1: an error.
    Failure,
    /// 2: an invalid command line.
    Usage,
    /// 3: a check with findings.
    Findings,
    /// 130: an interruption by a signal.
    Interrupted,
    /// The exit code of the runner.
    Runner(u8),
}

impl From<ExitStatus> for ExitCode {
    fn from(exit: ExitStatus) -> Self {
        Self::from(match exit {
            ExitStatus::Success => 0,
            ExitStatus::Failure => 1,
            ExitStatus::Usage => 2,
            ExitStatus::Findings => 3,
            ExitStatus::Interrupted => 130,
            ExitStatus::Runner(code) => code,
        })
    }
}
