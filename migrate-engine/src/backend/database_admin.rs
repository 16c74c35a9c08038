//! The [`DatabaseAdmin`] trait: creates and drops the database that a URL names.

use crate::error::Error;

/// A database as a whole, which may not exist yet.
///
/// ```
/// use std::ffi::OsStr;
/// use std::time::Duration;
///
/// use migrate_engine::backend::Backend as _;
/// use migrate_runtime::v1::Sqlite;
///
/// # let folder = tempfile::tempdir().expect("a directory");
/// let file = folder.path().join("app.db");
/// let database = <Sqlite>::database_admin(file.as_os_str(), Duration::from_secs(5))?;
/// assert!(database.create()?);
/// assert!(database.exists()?);
/// assert!(database.remove()?);
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
pub trait DatabaseAdmin {
    /// Returns the database for a message, without secrets: a file, or a URL.
    fn name(&self) -> &str;

    /// Returns whether the database exists.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the server can't be reached.
    fn exists(&self) -> Result<bool, Error>;

    /// Creates the database. Returns `false` if it already existed.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if it can't be created.
    fn create(&self) -> Result<bool, Error>;

    /// Returns what [`remove`](DatabaseAdmin::remove) deletes, in a few words: the number of tables, or the files.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the database can't be read.
    fn contents(&self) -> Result<String, Error>;

    /// Drops the database and everything in it. Returns `false` if it did not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if it is in use, or can't be dropped for another reason.
    fn remove(&self) -> Result<bool, Error>;
}
