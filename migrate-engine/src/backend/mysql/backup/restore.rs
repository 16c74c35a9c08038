//! Restores a backup: replaces everything in the database.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::backup_driver::{BackupError, Problem, Program, SafetyCopy, WithFile as _};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::super::identifier;
use super::super::lock::Lock;
use super::super::restore_marker::{self, RestoreMarker, TABLE};
use super::super::scratch::{self, Scratch};
use super::super::url::{self, Origin};
use super::dump::{self, locked_or, set_patience};
use super::load::{Extent, load};
use super::{CLIENT, DUMP, MysqlBackupDriver, query_error, tables};

/// Restores a backup: replaces everything in the database.
pub(super) fn run(
    driver: &MysqlBackupDriver,
    from: &Path,
    keep: Option<SafetyCopy<'_>>,
) -> Result<(), Error> {
    let mut client = driver.connect_anyway()?;
    let program = driver.program(&mut client, CLIENT)?;
    let dumper = driver.program(&mut client, DUMP);
    let dumper = match keep {
        Some(_) => Some(dumper?),
        None => dumper.ok(),
    };
    let server = client.server()?;
    let mut run = driver.locked(&mut client)?;
    let conn = run.conn();
    // The client of a killed process may still write.
    let loading = Lock::of_load(&driver.origin.database);
    loading.take(conn, driver.wait)?;
    loading.release(conn);
    let before = restore_marker::read(conn).map_err(query_error)?;
    let earlier = before.as_ref().and_then(|marker| marker.kept.clone());
    let loader = Loader {
        driver,
        program: &program,
        dumper: dumper.as_ref(),
    };
    let rows = loader.load_into_scratch(from, keep.is_some() || earlier.is_some())?;
    let kept_copy = match (keep, &dumper) {
        (Some(keep), Some(dumper)) => {
            dump::write(driver, conn, server, dumper, keep.to).map_err(with_no_keep_help)?;
            Some((keep.done)()?)
        }
        _ => earlier,
    };
    // The process that reads it may have another current directory.
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let marker = RestoreMarker {
        backup: absolute(from),
        kept: kept_copy.as_deref().map(absolute),
    };
    loader.replace(conn, &marker, before, rows)
}

/// Adds a workaround to the error if the current database can't be copied, because it may need the restore for that
/// very reason.
fn with_no_keep_help(error: Error) -> Error {
    let Error::Backup(mut problem) = error else {
        return error;
    };
    if let BackupError::Unsupported { help, .. } | BackupError::Program { help, .. } = &mut *problem
    {
        help.push_str("; `--no-keep` restores the backup without a copy of the current database");
    }
    Error::Backup(problem)
}

/// Whether rows are compared with the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Compared,
    /// Loading the backup into a scratch database stored the same rows.
    Verified,
}

/// Loads backups into a database.
struct Loader<'p> {
    driver: &'p MysqlBackupDriver,
    program: &'p Program,
    dumper: Option<&'p Program>,
}

impl Loader<'_> {
    /// Loads a backup into a scratch database. If the user can't create one, this relies on the copy of the current
    /// database.
    fn load_into_scratch(&self, from: &Path, keeps: bool) -> Result<Rows, Error> {
        let url = scratch::url(Some(&self.driver.url))?;
        let scratch = match Scratch::create(url::origin(&url, self.driver.wait)?, None) {
            Err(Error::Database { source, .. })
                if source.kind == DatabaseErrorKind::CannotOpen && keeps =>
            {
                return Ok(Rows::Compared);
            }
            Err(Error::Database { action, source })
                if source.kind == DatabaseErrorKind::CannotOpen =>
            {
                let help = "leave out `--no-keep`, or set MIGRATE_SCRATCH_URL_MYSQL to a server where the user may \
                            create databases: a restore tries the backup there first";
                return Err(Error::database(action, source.with_help(help)));
            }
            scratch => scratch?,
        };
        self.load(scratch.origin(), from, Extent::Trial, Rows::Compared)?;
        Ok(Rows::Verified)
    }

    /// Loads a backup. If the server did not store a value as it is written, compares the rows.
    fn load(&self, to: Origin, from: &Path, extent: Extent, rows: Rows) -> Result<(), Error> {
        let changed = load(self.driver, self.program, &to, from, extent)?;
        if changed.is_empty() || rows == Rows::Verified {
            return Ok(());
        }
        // The server also warns about a value that is not in its ENUM, which the original database may contain too.
        let dumper = match self.dumper {
            Some(dumper) => dumper,
            None => &self
                .driver
                .program(&mut self.driver.connect_anyway()?, DUMP)?,
        };
        let file = File::open(from).map(BufReader::new);
        let written = file.and_then(tables::rows).with_file("read", from)?;
        let stored = dump::rows(
            &MysqlBackupDriver {
                origin: to,
                ..self.driver.clone()
            },
            dumper,
        )?;
        let other = written
            .iter()
            .find(|(table, rows)| stored.get(*table) != Some(rows));
        let Some((table, _)) = other else {
            return Ok(());
        };
        let reason = format!(
            "the server does not store the rows of {table} as the backup contains them: {}",
            changed.join("; ")
        );
        let help = format!(
            "choose another backup; or correct the definition of {table} in a copy of the file, and load the copy with `{}`",
            self.program.name
        );
        Err(BackupError::Corrupt {
            file: from.to_owned(),
            problem: Problem::new(reason, help),
        }
        .into())
    }

    /// Replaces everything in the database. If that fails, restores the copy of the previous contents.
    fn replace(
        &self,
        conn: &mut Conn,
        marker: &RestoreMarker,
        before: Option<RestoreMarker>,
        rows: Rows,
    ) -> Result<(), Error> {
        let shown = &self.driver.origin.shown;
        marker.note(conn).map_err(query_error)?;
        if let Err(error) = lock_all(self.driver, conn) {
            // Nothing is dropped yet.
            match before {
                None => RestoreMarker::done(conn),
                Some(before) => before.note(conn),
            }
            .map_err(query_error)?;
            return Err(error);
        }
        let Err(cause) = self.refill(conn, &marker.backup, rows) else {
            return Ok(());
        };
        let restored = match &marker.kept {
            Some(kept) => {
                lock_all(self.driver, conn).and_then(|()| self.refill(conn, kept, Rows::Verified))
            }
            None => return Err(marker.clone().interrupted_error(shown, Some(cause))),
        };
        if restored.is_err() {
            return Err(marker.clone().interrupted_error(shown, Some(cause)));
        }
        let database_error = DatabaseError::new(DatabaseErrorKind::Other, cause.to_string())
            .with_help("the database is unchanged: its previous contents were restored");
        Err(Error::database(
            format!("can't restore `{shown}`"),
            database_error,
        ))
    }

    /// Empties the database, whose tables are locked, fills it, and removes the marker.
    fn refill(&self, conn: &mut Conn, from: &Path, rows: Rows) -> Result<(), Error> {
        empty(conn).map_err(|error| locked_or(self.driver, error))?;
        self.load(self.driver.origin.clone(), from, Extent::Whole, rows)?;
        RestoreMarker::done(conn).map_err(query_error)
    }
}

/// Waits until this connection holds locks on all tables.
fn lock_all(driver: &MysqlBackupDriver, conn: &mut Conn) -> Result<(), Error> {
    set_patience(driver, conn)?;
    let tables = tables(conn).map_err(query_error)?;
    let locks: Vec<String> = tables
        .iter()
        .map(|table| format!("{} WRITE", identifier(table)))
        .collect();
    conn.query_drop(format!("LOCK TABLES {}", locks.join(", ")))
        .map_err(|error| locked_or(driver, error))
}

/// Returns all tables and sequences, including the marker.
fn tables(conn: &mut Conn) -> Result<Vec<String>, mysql::Error> {
    conn.query(
        "SELECT TABLE_NAME FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE NOT LIKE '%VIEW'",
    )
}

/// Drops everything except the marker.
fn empty(conn: &mut Conn) -> Result<(), mysql::Error> {
    conn.query_drop("SET SESSION foreign_key_checks = 0")?;
    for table in tables(conn)? {
        if table != TABLE {
            conn.query_drop(format!("DROP TABLE {}", identifier(&table)))?;
        }
    }
    conn.query_drop("UNLOCK TABLES")?;
    let mut others: Vec<(String, String)> = Vec::new();
    for query in [
        "SELECT 'VIEW', TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()",
        "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()",
        "SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()",
    ] {
        others.extend(conn.query::<(String, String), _>(query)?);
    }
    for (kind, name) in others {
        // Dropping a package also drops its body.
        conn.query_drop(format!("DROP {kind} IF EXISTS {}", identifier(&name)))?;
    }
    Ok(())
}
