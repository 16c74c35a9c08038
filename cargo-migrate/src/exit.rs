//! Defines the [`Exit`] codes of the command.
//!
//! They must be the same as the runner's.

use std::process::ExitCode;

/// The result of the command: an exit code of its own, or that of the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: success, or nothing to do.
    Done,
    /// 1: an error.
    Problem,
    /// 2: an invalid command line.
    Usage,
    /// 3: a check with findings.
    Found,
    /// 130: an interruption by a signal.
    Interrupted,
    /// The exit code of the runner.
    Runner(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Problem => 1,
            Exit::Usage => 2,
            Exit::Found => 3,
            Exit::Interrupted => 130,
            Exit::Runner(code) => code,
        })
    }
}
