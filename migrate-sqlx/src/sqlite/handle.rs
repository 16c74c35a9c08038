//! One handle of SQLite that two libraries use in turn.
//!
//! All unsafe code of this crate is here. What makes it sound:
//!
//! - **The handle lives long enough.** sqlx opened it, and closes it when its connection is closed. [`SharedHandle`] owns
//!   that connection, and closes it after the connection of rusqlite is gone.
//! - **Only one thread uses the handle at a time.** SQLite is opened without mutexes, so its calls must not overlap.
//!   sqlx calls it on a worker thread, and only for a command that somebody sent over the connection. [`lend`] has the
//!   only access to that connection. It returns after the worker has finished everything, also if `work` panics or stops
//!   waiting for a command; meanwhile `rusqlite` can't be used, since it is borrowed. The worker's mutex orders the memory
//!   accesses of both threads.
//! - **rusqlite does not close it.** A connection without ownership can't set hooks, so rusqlite believes that it owns
//!   the handle. `sqlite3_close` leaves a handle open that has a prepared statement, and [`SharedHandle`] keeps one:
//!   <https://www.sqlite.org/c3ref/close.html>.
//!   If somebody swaps the connection of rusqlite for another one, nothing is closed.
//! - **Callbacks may change threads.** rusqlite demands `Send` from functions and hooks.
#![allow(unsafe_code, reason = "two libraries share one handle")]

use std::collections::HashMap;
use std::io;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ffi};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use crate::runtime::block_on;

/// A connection of sqlx, and a connection of rusqlite with the same handle.
pub(super) struct SharedHandle {
    rusqlite: ManuallyDrop<Connection>,
    /// A statement that never runs: while it exists, rusqlite can't close the handle.
    statement: NonNull<ffi::sqlite3_stmt>,
    address: usize,
}

// SAFETY: the connections can be sent, and nothing else uses the statement.
unsafe impl Send for SharedHandle {}

/// The connections of sqlx that are not lent, by the address of their handle.
static CONNECTIONS: LazyLock<Mutex<HashMap<usize, Box<SqliteConnection>>>> =
    LazyLock::new(Mutex::default);

fn connections() -> MutexGuard<'static, HashMap<usize, Box<SqliteConnection>>> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SharedHandle {
    pub(super) async fn new(mut sqlx: SqliteConnection) -> sqlx::Result<SharedHandle> {
        let handle = sqlx.lock_handle().await?.as_raw_handle().as_ptr();
        let mut statement = ptr::null_mut();
        // SAFETY: the handle is open, and the worker has nothing to do: the connection is not used below.
        let prepared = unsafe {
            ffi::sqlite3_prepare_v2(
                handle,
                c"SELECT 1".as_ptr(),
                -1,
                &mut statement,
                ptr::null_mut(),
            )
        };
        let Some(statement) = NonNull::new(statement) else {
            let reason = format!("SQLite can't prepare a statement (code {prepared})");
            return Err(sqlx::Error::Protocol(reason));
        };
        // SAFETY: as above; the statement keeps rusqlite from closing the handle.
        let rusqlite = unsafe { Connection::from_handle_owned(handle) }
            .map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
        let address = handle.addr();
        connections().insert(address, Box::new(sqlx));
        Ok(SharedHandle {
            rusqlite: ManuallyDrop::new(rusqlite),
            statement,
            address,
        })
    }

    pub(super) fn rusqlite(&self) -> &Connection {
        &self.rusqlite
    }

    pub(super) fn rusqlite_mut(&mut self) -> &mut Connection {
        &mut self.rusqlite
    }
}

impl Drop for SharedHandle {
    fn drop(&mut self) {
        if address(&self.rusqlite) != self.address {
            // Somebody has moved our connection out through the `&mut`, and may use it: its handle stays open.
            // SAFETY: the value is not used again.
            unsafe { ManuallyDrop::drop(&mut self.rusqlite) };
            return;
        }
        // SAFETY: they are not used again. The handle is closed below.
        unsafe {
            ManuallyDrop::drop(&mut self.rusqlite);
            ffi::sqlite3_finalize(self.statement.as_ptr());
        }
        let sqlx = connections().remove(&self.address);
        if let Some(sqlx) = sqlx {
            // The file is closed when this returns. An error means that the worker has already ended.
            let _ = block_on((*sqlx).close());
        }
    }
}

fn address(connection: &Connection) -> usize {
    // SAFETY: nothing is done with the handle.
    unsafe { connection.handle() }.addr()
}

/// Lends the connection of sqlx that has the handle of `rusqlite`, and waits until sqlx has finished with it. Returns
/// `None` if there is none.
pub(super) fn lend<R>(
    rusqlite: &Connection,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> R,
) -> Option<io::Result<R>> {
    let address = address(rusqlite);
    let sqlx = connections().remove(&address)?;
    let mut lent = Lent {
        sqlx: Some(sqlx),
        address,
    };
    let done = block_on(work(lent.sqlx.as_deref_mut()?));
    drop(lent);
    Some(done)
}

/// A connection that returns to the others when it is dropped.
struct Lent {
    sqlx: Option<Box<SqliteConnection>>,
    address: usize,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut sqlx) = self.sqlx.take() else {
            return;
        };
        // The worker grants the lock after the commands before it. An error means that the worker has ended.
        let _ = block_on(async { sqlx.lock_handle().await.map(drop) });
        connections().insert(self.address, sqlx);
    }
}
