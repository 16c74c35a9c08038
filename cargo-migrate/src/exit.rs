//! Exit codes: the numbers that scripts can rely on, the same as the runner's.

use std::process::ExitCode;

/// How the command ended: an exit code of its own, or the one that the runner ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: it did what was asked, or there was nothing to do.
    Done,
    /// 1: it could not; the message says what, where, why and what to do.
    Problem,
    /// 2: the command line does not make sense.
    Usage,
    /// 3: a check found something.
    Found,
    /// 130: a signal ended it.
    Interrupted,
    /// What the runner said.
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
