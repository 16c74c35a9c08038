//! Watches a revision that takes long, and reports the connections that wait for its locks.
//!
//! A revision that opens a connection of its own can wait for itself: that connection waits for a lock of the
//! revision, and the revision waits for that connection. No database recognizes such a deadlock.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::backend::{LockWatch, WaitingConnection};

/// The time that a revision runs before it is watched.
const PATIENCE: Duration = Duration::from_secs(3);

/// The interval at which the watcher checks for a revision that runs long.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The interval between two queries about one revision.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// A connection that waits for a lock while a revision runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockWait {
    /// The revision.
    pub revision: String,
    /// The connection that waits.
    pub connection: WaitingConnection,
}

/// Formats the wait with its probable cause and the correction.
impl fmt::Display for LockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (revision, connection) = (&self.revision, &self.connection);
        write!(
            f,
            "{} waits for a lock of revision `{revision}`",
            connection.title
        )?;
        if !connection.statement.is_empty() {
            write!(f, ": {}", connection.statement)?;
        }
        f.write_str(match connection.is_own {
            true => "\n  this program opened that connection; if the revision waits for it, neither can continue",
            false => "\n  if the revision opened that connection and waits for it, neither can continue",
        })?;
        f.write_str(
            "\n  in a revision, use `op.connection()` and open no other connection to the database",
        )
    }
}

/// Receives each wait once. It is called on another thread while the revision runs.
pub type LockWaitListener = Box<dyn FnMut(&LockWait) + Send>;

/// The watcher of the revisions of one run.
pub(super) struct LockWatcher {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    watched: Mutex<Option<Watched>>,
    ended: AtomicBool,
}

/// The revision that runs.
struct Watched {
    revision: String,
    since: Instant,
    listener: LockWaitListener,
    reported: HashSet<String>,
}

impl LockWatcher {
    /// Starts the thread of a watcher; `None` if there can't be one.
    pub(super) fn start(watch: Box<dyn LockWatch>) -> Option<LockWatcher> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let started = thread::Builder::new()
            .name("cargo-migrate-locks".to_owned())
            .spawn(move || theirs.work(watch));
        Some(LockWatcher {
            shared,
            thread: started.ok()?,
        })
    }

    /// Watches a revision until the returned value is dropped.
    pub(super) fn watch(&self, revision: &str, listener: LockWaitListener) -> WatchedStep<'_> {
        self.shared.set(Some(Watched {
            revision: revision.to_owned(),
            since: Instant::now(),
            listener,
            reported: HashSet::new(),
        }));
        WatchedStep(&self.shared)
    }
}

/// Ends the thread. Nobody waits for it, because it may be connecting to a server that does not answer.
impl Drop for LockWatcher {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

/// A revision that is watched.
pub(super) struct WatchedStep<'w>(&'w Shared);

impl Drop for WatchedStep<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Shared {
    fn set(&self, watched: Option<Watched>) {
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = watched;
    }

    fn work(&self, mut watch: Box<dyn LockWatch>) {
        while !self.ended.load(Ordering::Relaxed) {
            let interval = match self.long_running() {
                Some(since) => {
                    let waiting = watch.look();
                    self.report(since, waiting);
                    LOOK_INTERVAL
                }
                None => {
                    watch.close();
                    POLL_INTERVAL
                }
            };
            thread::park_timeout(interval);
        }
    }

    /// Returns the start of the revision that runs, if it has run for long.
    fn long_running(&self) -> Option<Instant> {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let since = watched.as_ref()?.since;
        (since.elapsed() >= PATIENCE).then_some(since)
    }

    /// Reports new waits, unless the revision has ended meanwhile.
    fn report(&self, since: Instant, waiting: Vec<WaitingConnection>) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watched) = watched.as_mut().filter(|now| now.since == since) else {
            return;
        };
        for connection in waiting {
            if watched.reported.insert(connection.title.clone()) {
                (watched.listener)(&LockWait {
                    revision: watched.revision.clone(),
                    connection,
                });
            }
        }
    }
}
