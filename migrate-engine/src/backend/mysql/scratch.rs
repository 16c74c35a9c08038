//! Scratch databases: each one is empty at first, and is dropped with its client.
//!
//! While a scratch database is used, its process holds a lock with its name. Without a holder, it is left over from a
//! killed process, and the next process that creates a scratch database drops it.

use mysql::Conn;
use mysql::prelude::Queryable as _;
use std::ffi::{OsStr, OsString};

use crate::database_url;
use crate::error::{DatabaseError, Error};
use crate::scratch_directory::{PREFIX, unique_name};

use super::client::{drop_database, run_beside, with_separate_connection};
use super::url::{Origin, names_mysql};
use super::{error::from_driver, tls};

/// Returns whether this is the name of a scratch database.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Returns the URL of the server for scratch databases.
pub(super) fn url(scratch_server: Option<&OsStr>) -> Result<OsString, Error> {
    let ours = |url: &OsString| names_mysql(url);
    let setting = |name| database_url::value(name);
    // All backends share these variables, so the URL may be for another backend.
    let own = match setting("MIGRATE_SCRATCH_URL_MYSQL")? {
        None => setting("MIGRATE_SCRATCH_URL")?.filter(ours),
        own => own,
    };
    let url = match (own, scratch_server) {
        (Some(url), _) => Some(url),
        (None, Some(scratch_server)) => Some(scratch_server.to_owned()),
        (None, None) => setting("DATABASE_URL")?.filter(ours),
    };
    url.ok_or(Error::ScratchUnavailable {
        reason: "none of MIGRATE_SCRATCH_URL_MYSQL, MIGRATE_SCRATCH_URL and DATABASE_URL names a MariaDB or MySQL server, in the \
                 environment or in `.env`",
        help: "set MIGRATE_SCRATCH_URL_MYSQL to any database of a server where the user may create databases",
    })
}

/// A scratch database.
pub(super) struct Scratch {
    admin: Origin,
    name: String,
    // Holds the lock. The server releases it when this is dropped or the process ends.
    holder: Option<Conn>,
    keep: bool,
}

impl Scratch {
    /// Creates a scratch database with the character set and collation of the database that `scratch_server` names, so
    /// that tables have the same defaults.
    pub(super) fn create(admin: Origin, scratch_server: Option<&Origin>) -> Result<Scratch, Error> {
        Self::create_to_keep(admin, scratch_server, false)
    }

    /// Creates a scratch database as [`create`](Scratch::create) does, which may be kept after its use.
    pub(super) fn create_to_keep(
        admin: Origin,
        scratch_server: Option<&Origin>,
        keep: bool,
    ) -> Result<Scratch, Error> {
        let name = unique_name(keep);
        let failed = |error: DatabaseError| {
            let help = "set MIGRATE_SCRATCH_URL_MYSQL to any database of a server where the user may create databases";
            let action = format!("can't create a scratch database at `{}`", admin.shown);
            Error::database(action, error.with_help(help))
        };
        let options = admin.options.clone().db_name(None::<String>);
        let mut holder = tls::connect(options, &admin.channel).map_err(failed)?;
        let held: Result<Option<u8>, _> = holder.exec_first("SELECT GET_LOCK(?, 5)", (&name,));
        held.map_err(|error| failed(from_driver(&error)))?;
        sweep(&mut holder);
        let character_set = scratch_server.and_then(character_set);
        let character_set = character_set.unwrap_or_else(|| "CHARACTER SET utf8mb4".to_owned());
        let sql = format!("CREATE DATABASE `{name}` {character_set}");
        run_beside(&admin, &sql).map_err(failed)?;
        Ok(Scratch {
            admin,
            name,
            holder: Some(holder),
            keep,
        })
    }

    /// Returns the name of the database.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the parameters for a connection.
    pub(super) fn origin(&self) -> Origin {
        let mut origin = self.admin.clone();
        origin.options = origin.options.db_name(Some(&self.name));
        origin.database.clone_from(&self.name);
        origin
    }
}

/// Returns the character set and collation of a database, if it exists.
fn character_set(scratch_server: &Origin) -> Option<String> {
    let found = with_separate_connection(scratch_server, |conn| {
        let found: Option<(String, String)> = conn.exec_first(
            "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA \
             WHERE SCHEMA_NAME = ?",
            (&scratch_server.database,),
        )?;
        Ok(found)
    });
    let (set, collation) = found.ok()??;
    Some(format!("CHARACTER SET {set} COLLATE {collation}"))
}

/// Drops the databases of killed processes. Errors are ignored.
fn sweep(conn: &mut Conn) {
    let found: Vec<String> = conn
        .exec(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA \
             WHERE LEFT(SCHEMA_NAME, ?) = ? AND IS_FREE_LOCK(SCHEMA_NAME) = 1",
            (PREFIX.len(), PREFIX),
        )
        .unwrap_or_default();
    for name in found {
        let _ = conn.query_drop(drop_database(&name));
    }
}

/// Ends the connections that another program left in the database: an open transaction would block the drop. Errors are
/// ignored.
fn end_other_connections(conn: &mut Conn, name: &str) {
    let sql =
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID()";
    let found: Vec<u64> = conn.exec(sql, (name,)).unwrap_or_default();
    for id in found {
        let _ = conn.query_drop(format!("KILL {id}"));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        // An error in `drop` can't be reported. The next process that creates a scratch database drops this one.
        let sql = drop_database(&self.name);
        let dropped = self.holder.take().is_some_and(|mut holder| {
            end_other_connections(&mut holder, &self.name);
            holder.query_drop(&sql).is_ok()
        });
        if !dropped {
            let _ = with_separate_connection(&self.admin, |conn| conn.query_drop(&sql));
        }
    }
}
