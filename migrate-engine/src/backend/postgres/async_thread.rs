//! Threads that run async tasks. The driver blocks by a runtime of its own, which panics on such a thread.
//!
//! [`refuse`] returns an error before the driver is called, and [`OwnedClient`] closes a connection on another thread.

use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

use postgres::Client;
use tokio::runtime::Handle;
use tokio::task::coop;

use crate::error::Error;

use super::client::Link;
use super::scratch::Scratch;

/// More than the largest number of operations that tokio lets a task do before it must yield.
const MORE_THAN_A_BUDGET: usize = 1 << 10;

/// Returns an error if this thread runs async tasks.
pub(super) fn refuse() -> Result<(), Error> {
    match runs_tasks() {
        true => Err(Error::AsyncThread),
        false => Ok(()),
    }
}

/// Returns whether this thread runs async tasks of tokio now. In `spawn_blocking` and `block_in_place` it does not,
/// although [`Handle::try_current`] succeeds there too.
///
/// Only a task has a limited budget, so no task runs here if the budget does not end. A task inside of tokio's
/// `unconstrained` is not recognized.
fn runs_tasks() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(first) = coop::poll_proceed(&mut context) else {
        return true;
    };
    let is_limited = (0..MORE_THAN_A_BUDGET).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(more) => {
            more.made_progress();
            false
        }
        Poll::Pending => true,
    });
    // Restores the budget that the task had.
    drop(first);
    is_limited
}

/// A connection that can be dropped on every thread.
pub(super) struct OwnedClient(Option<Parts>);

struct Parts {
    link: Link,
    // Dropped after the client: a database can't be dropped while it is in use.
    scratch: Option<Scratch>,
}

impl OwnedClient {
    pub(super) fn new(link: Link, scratch: Option<Scratch>) -> OwnedClient {
        OwnedClient(Some(Parts { link, scratch }))
    }

    pub(super) fn get(&self) -> &Client {
        &self.link().client
    }

    pub(super) fn get_mut(&mut self) -> &mut Client {
        &mut self.link_mut().client
    }

    pub(super) fn link(&self) -> &Link {
        &self.0.as_ref().expect(PRESENT).link
    }

    pub(super) fn link_mut(&mut self) -> &mut Link {
        &mut self.0.as_mut().expect(PRESENT).link
    }

    pub(super) fn into_client(mut self) -> Client {
        self.0.take().expect(PRESENT).link.client
    }

    /// Returns whether the database is a scratch database.
    pub(super) fn is_scratch(&self) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.scratch.is_some())
    }
}

const PRESENT: &str = "only the end of the value takes the connection out of it";

impl Drop for OwnedClient {
    fn drop(&mut self) {
        let Some(parts) = self.0.take() else {
            return;
        };
        // While a runtime ends, it drops its tasks without a budget, so every thread of a runtime counts.
        match Handle::try_current() {
            Err(error) if error.is_missing_context() => drop(parts),
            _ => close_elsewhere(parts),
        }
    }
}

/// Closes a connection on a thread of its own, and waits for it unless tasks run on this thread.
fn close_elsewhere(parts: Parts) {
    let (sender, receiver) = mpsc::channel::<Parts>();
    let closer = thread::Builder::new()
        .name("cargo-migrate-close".to_owned())
        .spawn(move || drop(receiver.recv()));
    match closer {
        Ok(closer) => {
            // The thread waits for it.
            let _ = sender.send(parts);
            if !runs_tasks() {
                let _ = closer.join();
            }
        }
        // The server ends the connection together with this process.
        Err(_) => std::mem::forget(parts),
    }
}
