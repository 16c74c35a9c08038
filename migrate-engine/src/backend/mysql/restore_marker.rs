//! The marker that a restore leaves in the database while it replaces everything else.
//!
//! A change of the schema can't be rolled back on these servers, so a killed process leaves a part of a backup. The
//! marker is a separate table: while it exists, only a restore works on the database.

use std::path::{Path, PathBuf};

use mysql::prelude::Queryable as _;
use mysql::{Conn, Error as Fault};

use crate::backup_driver::BackupError;
use crate::error::Error;

use super::error::from_driver;
use super::literal;

/// The table's name.
pub(super) const TABLE: &str = "_migrate_restoring";

/// The data that an unfinished restore recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RestoreMarker {
    /// The backup that it restores.
    pub(super) backup: PathBuf,
    /// The backup of the previous contents.
    pub(super) kept: Option<PathBuf>,
}

/// Reads the marker of the current database.
pub(super) fn read(conn: &mut Conn) -> Result<Option<RestoreMarker>, Fault> {
    let exists: Option<u8> = conn.exec_first(
        "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
        (TABLE,),
    )?;
    if exists.is_none() {
        return Ok(None);
    }
    let row: Option<(String, Option<String>)> =
        conn.query_first(format!("SELECT backup, kept FROM {TABLE}"))?;
    let (backup, kept) = row.unwrap_or_default();
    Ok(Some(RestoreMarker {
        backup: backup.into(),
        kept: kept.map(PathBuf::from),
    }))
}

/// Rejects a database with an unfinished restore.
///
/// # Errors
///
/// Returns [`BackupError::RestoreInterrupted`], or [`Error::Database`] if the marker can't be read.
pub(super) fn reject_unfinished(conn: &mut Conn, shown: &str) -> Result<(), Error> {
    let found = read(conn)
        .map_err(|error| Error::database("can't query the server", from_driver(&error)))?;
    match found {
        None => Ok(()),
        Some(restoring) => Err(restoring.interrupted_error(shown, None)),
    }
}

impl RestoreMarker {
    /// Returns the error for a database with this unfinished restore.
    pub(super) fn interrupted_error(self, shown: &str, cause: Option<Error>) -> Error {
        BackupError::RestoreInterrupted {
            database: shown.to_owned(),
            backup: self.backup,
            kept: self.kept,
            cause: cause.map(Box::new),
        }
        .into()
    }

    /// Writes the marker, and replaces an existing one. One statement creates the table with its row, so the marker
    /// is never empty.
    pub(super) fn note(&self, conn: &mut Conn) -> Result<(), Fault> {
        let text = |path: &Path| literal(&path.to_string_lossy());
        let backup = text(&self.backup);
        let kept = self.kept.as_deref().map_or_else(|| "NULL".to_owned(), text);
        if read(conn)?.is_some() {
            conn.query_drop(format!(
                "UPDATE {TABLE} SET backup = {backup}, kept = {kept}"
            ))?;
            return conn.query_drop("COMMIT");
        }
        conn.query_drop(format!(
            "CREATE TABLE {TABLE} (id INT PRIMARY KEY, backup TEXT NOT NULL, kept TEXT) \
             ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 AS SELECT 1 AS id, {backup} AS backup, {kept} AS kept"
        ))
    }

    /// Removes the marker: the database is complete.
    pub(super) fn done(conn: &mut Conn) -> Result<(), Fault> {
        conn.query_drop(format!("DROP TABLE IF EXISTS {TABLE}"))
    }
}
