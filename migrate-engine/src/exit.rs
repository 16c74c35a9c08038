//! Exit codes, the same for `cargo migrate` and for an application's runner.

use std::process::ExitCode;

/// The result of a command, as an exit code that scripts can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// The command succeeded, or there was nothing to do.
    Success = 0,
    /// The command failed; the message names the reason and what to do.
    Failure = 1,
    /// The command line is invalid.
    Usage = 2,
    /// `check`, `diff`, `verify`, `lint`, `dump --check` or `current --check-heads` found something.
    Findings = 3,
    /// The database is newer than this build, in a way that this build can't work with.
    DatabaseNewer = 4,
    /// Another process held the lock until the time was up.
    Locked = 5,
    /// A bug of the tool itself.
    InternalError = 101,
    /// A signal ended the command; finished work is kept.
    Interrupted = 130,
}

impl ExitStatus {
    /// Returns the exit code as a number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(exit: ExitStatus) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
