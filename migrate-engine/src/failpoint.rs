//! Injects faults for tests: a process aborts, panics, fails or sleeps at a named point.
//!
//! `MIGRATE_FAULT=before:op:3=abort` names the point and the fault. First `before` or `after`; then `step` (a
//! revision), `op` (a statement), `note` (a write to the journal of steps), `row` (a write to the version table) or
//! `commit`; then the number of that event in this process, without scratch databases; then `abort`, `panic`, `err` or
//! `sleep:MILLISECONDS`. Compiled only with the feature `faults`, which only tests enable.

use crate::error::DatabaseError;

/// A point at which a fault can occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailurePoint {
    /// A revision.
    Step,
    /// A statement of a revision.
    Op,
    /// A write to the journal of steps.
    Note,
    /// A write to the version table.
    Row,
    /// A commit.
    Commit,
}

/// While this value exists, this thread works on a scratch database, and its events are not counted.
#[derive(Debug)]
pub struct SuppressFaults(());

impl SuppressFaults {
    /// Suppresses faults until the value is dropped.
    #[must_use]
    pub fn begin() -> SuppressFaults {
        #[cfg(feature = "faults")]
        configured::SUPPRESSED.set(configured::SUPPRESSED.get() + 1);
        SuppressFaults(())
    }
}

#[cfg(feature = "faults")]
impl Drop for SuppressFaults {
    fn drop(&mut self) {
        configured::SUPPRESSED.set(configured::SUPPRESSED.get() - 1);
    }
}

/// Does `work` at a point where a fault can occur.
#[cfg(not(feature = "faults"))]
#[inline]
pub(crate) fn hit<R, E>(
    _: FailurePoint,
    _: impl Fn(DatabaseError) -> E,
    work: impl FnOnce() -> Result<R, E>,
) -> Result<R, E> {
    work()
}

/// Does `work` at a point where a fault can occur: before it, or after it if it succeeded.
#[cfg(feature = "faults")]
pub(crate) fn hit<R, E>(
    point: FailurePoint,
    to_error: impl Fn(DatabaseError) -> E,
    work: impl FnOnce() -> Result<R, E>,
) -> Result<R, E> {
    let Some(failpoint) = configured::configured_at(point) else {
        return work();
    };
    failpoint.before().map_err(&to_error)?;
    let done = work()?;
    failpoint.after().map_err(to_error)?;
    Ok(done)
}

#[cfg(feature = "faults")]
mod configured {
    use std::cell::Cell;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::FailurePoint;
    use crate::error::{DatabaseError, DatabaseErrorKind};

    thread_local! {
        pub(super) static SUPPRESSED: Cell<u32> = const { Cell::new(0) };
    }

    /// A fault, and its point.
    pub(super) struct Failpoint {
        before: bool,
        point: FailurePoint,
        number: u32,
        kind: Kind,
    }

    enum Kind {
        Abort,
        Panic,
        Err,
        Sleep(Duration),
    }

    /// Returns the fault that was requested for this point.
    pub(super) fn configured_at(point: FailurePoint) -> Option<&'static Failpoint> {
        static FAULT: OnceLock<Option<Failpoint>> = OnceLock::new();
        static SEEN: AtomicU32 = AtomicU32::new(0);
        let read = || {
            let text = std::env::var("MIGRATE_FAULT").ok()?;
            Some(parse(&text).unwrap_or_else(|| panic!("MIGRATE_FAULT={text} names no fault")))
        };
        let failpoint = FAULT.get_or_init(read).as_ref()?;
        if SUPPRESSED.get() > 0 {
            return None;
        }
        let here = failpoint.point == point
            && SEEN.fetch_add(1, Ordering::Relaxed) + 1 == failpoint.number;
        here.then_some(failpoint)
    }

    impl Failpoint {
        pub(super) fn before(&self) -> Result<(), DatabaseError> {
            if self.before { self.trigger() } else { Ok(()) }
        }

        pub(super) fn after(&self) -> Result<(), DatabaseError> {
            if self.before { Ok(()) } else { self.trigger() }
        }

        fn trigger(&self) -> Result<(), DatabaseError> {
            match self.kind {
                Kind::Abort => std::process::abort(),
                Kind::Panic => panic!("a fault was asked for"),
                Kind::Err => {
                    return Err(DatabaseError::new(
                        DatabaseErrorKind::Other,
                        "a fault was asked for",
                    ));
                }
                Kind::Sleep(time) => std::thread::sleep(time),
            }
            Ok(())
        }
    }

    fn parse(text: &str) -> Option<Failpoint> {
        let (point, kind) = text.split_once('=')?;
        let mut point = point.split(':');
        let before = match point.next()? {
            "before" => true,
            "after" => false,
            _ => return None,
        };
        let failure_point = match point.next()? {
            "step" => FailurePoint::Step,
            "op" => FailurePoint::Op,
            "note" => FailurePoint::Note,
            "row" => FailurePoint::Row,
            "commit" => FailurePoint::Commit,
            _ => return None,
        };
        let kind = match kind.split_once(':') {
            None if kind == "abort" => Kind::Abort,
            None if kind == "panic" => Kind::Panic,
            None if kind == "err" => Kind::Err,
            Some(("sleep", time)) => Kind::Sleep(Duration::from_millis(time.parse().ok()?)),
            _ => return None,
        };
        Some(Failpoint {
            before,
            point: failure_point,
            number: point.next()?.parse().ok()?,
            kind,
        })
    }
}
