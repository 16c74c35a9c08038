//! The library that opens the connections of the backend.

use std::borrow::BorrowMut;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::open::connect;
use crate::error::DatabaseError;

/// A library that opens SQLite connections for revisions.
///
/// All statements of this crate run through [`rusqlite::Connection`]. A library with a connection type of its own lends
/// its handle to one, and its client keeps both. A connection that only reads is always opened by rusqlite.
pub trait SqliteDriver: 'static {
    /// The connection that revisions run on.
    type Client: BorrowMut<Connection> + From<Connection>;

    /// Opens a file for reading and writing, and creates it if it does not exist. `:memory:` is a new database in memory,
    /// an empty path is a temporary one on disk, and `vfs` names SQLite's VFS module if it is not the default.
    ///
    /// # Errors
    ///
    /// The database's error.
    fn open(path: &Path, vfs: Option<&str>) -> Result<Self::Client, DatabaseError>;
}

/// rusqlite itself, the default.
#[derive(Debug, Clone, Copy)]
pub struct Rusqlite;

impl SqliteDriver for Rusqlite {
    type Client = Connection;

    fn open(path: &Path, vfs: Option<&str>) -> Result<Connection, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        connect(path, flags, vfs)
    }
}
