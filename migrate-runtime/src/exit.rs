//! Exit codes, the same for `cargo migrate` and for an application's runner.

use std::process::ExitCode;

/// How a command ended, as a number that scripts can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked, or there was nothing to do.
    Done = 0,
    /// It could not: the message says what, where, why and what to do.
    Problem = 1,
    /// The command line does not make sense.
    Usage = 2,
    /// `check`, `verify` or `current --check-heads` found something.
    Found = 3,
    /// The database is newer than the code, in a way that the code can't go on beside.
    Newer = 4,
    /// Another process held the lock until the time was up.
    Locked = 5,
    /// A bug of the tool itself.
    Bug = 101,
    /// A signal ended it: what was done before stays.
    Interrupted = 130,
}

impl Exit {
    /// Returns the number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
