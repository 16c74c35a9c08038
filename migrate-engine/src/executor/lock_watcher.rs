//! Watches a revision that takes long, and reports the connections that wait for its locks.
//!
//! A revision that opens a connection of its own can wait for itself: that connection waits for a lock of the
//! revision, and the revision waits for that connection. No database recognizes such a deadlock.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::backend::{LockWatch, WaitingConnection};
use crate::error::{DatabaseErrorKind, Error};

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
    /// The thread takes it while it looks.
    watch: Option<Box<dyn LockWatch>>,
    listener: Option<LockWaitListener>,
    /// The waits that were found so far.
    found: Vec<LockWait>,
}

impl LockWatcher {
    /// Starts the thread of a watcher; `None` if there can't be one.
    pub(super) fn start() -> Option<LockWatcher> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let started = thread::Builder::new()
            .name("cargo-migrate-locks".to_owned())
            .spawn(move || theirs.work());
        Some(LockWatcher {
            shared,
            thread: started.ok()?,
        })
    }

    /// Watches a revision until the returned value is dropped. Then the connection of `watch` is closed.
    pub(super) fn watch(
        &self,
        revision: &str,
        watch: Box<dyn LockWatch>,
        listener: Option<LockWaitListener>,
    ) -> WatchedStep<'_> {
        self.shared.set(Some(Watched {
            revision: revision.to_owned(),
            since: Instant::now(),
            watch: Some(watch),
            listener,
            found: Vec::new(),
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

impl WatchedStep<'_> {
    /// Ends the watch and returns the waits that were found.
    pub(super) fn end(self) -> Vec<LockWait> {
        let watched = self.0.set(None);
        watched.map(|watched| watched.found).unwrap_or_default()
    }
}

/// Explains the error of a revision that waited for a connection which its own code opened.
pub(super) fn explain(mut error: Error, waits: Option<Vec<LockWait>>) -> Error {
    let waits = waits.unwrap_or_default();
    if let Error::MigrationFailed(failure) = &mut error {
        let is_busy = failure.kind == Some(DatabaseErrorKind::Busy);
        let cause = waits.iter().find(|wait| is_busy || wait.connection.is_own);
        if let Some(wait) = cause {
            failure.help = Some(format!(
                "{} waited for a lock of this revision, and the revision probably waited for that connection: use \
                 `op.connection()`, and open no other connection in a revision",
                wait.connection.title
            ));
        }
    }
    error
}

impl Drop for WatchedStep<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Shared {
    /// Replaces the revision that runs, and returns the one before it.
    fn set(&self, watched: Option<Watched>) -> Option<Watched> {
        let mut now = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *now, watched)
    }

    fn work(&self) {
        while !self.ended.load(Ordering::Relaxed) {
            let interval = match self.take_watch() {
                Some((since, mut watch)) => {
                    let waiting = watch.look();
                    self.report(since, watch, waiting);
                    LOOK_INTERVAL
                }
                None => POLL_INTERVAL,
            };
            thread::park_timeout(interval);
        }
    }

    /// Returns the watch of the revision that runs, and its start, if it has run for long.
    fn take_watch(&self) -> Option<(Instant, Box<dyn LockWatch>)> {
        let mut now = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let watched = now.as_mut()?;
        let is_long = watched.since.elapsed() >= PATIENCE;
        let watch = is_long.then(|| watched.watch.take()).flatten()?;
        Some((watched.since, watch))
    }

    /// Reports new waits, unless the revision has ended meanwhile.
    fn report(&self, since: Instant, watch: Box<dyn LockWatch>, waiting: Vec<WaitingConnection>) {
        let mut now = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watched) = now.as_mut().filter(|now| now.since == since) else {
            return;
        };
        watched.watch = Some(watch);
        for connection in waiting {
            let title = &connection.title;
            if watched
                .found
                .iter()
                .any(|found| found.connection.title == *title)
            {
                continue;
            }
            let wait = LockWait {
                revision: watched.revision.clone(),
                connection,
            };
            if let Some(listener) = &mut watched.listener {
                listener(&wait);
            }
            watched.found.push(wait);
        }
    }
}
