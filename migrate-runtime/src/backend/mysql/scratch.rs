//! Databases for tests: empty, and gone with the client that uses them.
//!
//! While one is used, its program holds a lock of its name. A database that nobody holds is what a killed program left, and
//! is dropped by the next one that makes a scratch database.

use std::ffi::{OsStr, OsString};
use std::time::{SystemTime, UNIX_EPOCH};

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::error::Error;

use super::client::{beside, drop_database, run_beside};
use super::url::Origin;
use super::{tls, trouble::told};

const PREFIX: &str = "cargo_migrate_scratch_";

/// Returns the URL of the server for scratch databases.
pub(super) fn url(near: Option<&OsStr>) -> Result<OsString, Error> {
    let ours = |url: &OsString| {
        url.to_str()
            .is_some_and(|url| url.starts_with("mysql://") || url.starts_with("mariadb://"))
    };
    // Another backend's URL may stand in the names that all share.
    std::env::var_os("MIGRATE_SCRATCH_URL_MYSQL")
        .or_else(|| std::env::var_os("MIGRATE_SCRATCH_URL").filter(ours))
        .or_else(|| near.map(OsStr::to_owned))
        .or_else(|| std::env::var_os("DATABASE_URL").filter(ours))
        .ok_or(Error::NoScratch {
            reason: "none of MIGRATE_SCRATCH_URL_MYSQL, MIGRATE_SCRATCH_URL and DATABASE_URL names a MariaDB or MySQL server",
            help: "set MIGRATE_SCRATCH_URL_MYSQL to any database of a server where the user may create databases",
        })
}

/// A database for one test.
pub(super) struct Scratch {
    admin: Origin,
    name: String,
    // Its lock is free once it is dropped, or its program is gone.
    holder: Option<Conn>,
}

impl Scratch {
    pub(super) fn create(admin: Origin) -> Result<Scratch, Error> {
        // Unique on the server: two processes of one number can't run in the same nanosecond.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let name = format!(
            "{PREFIX}{}_{}",
            std::process::id(),
            now.map_or(0, |now| now.as_nanos())
        );
        let failed = |error| Error::database("can't create an empty database", error);
        let options = admin.options.clone().db_name(None::<String>);
        let mut holder = tls::connect(options, &admin.channel).map_err(failed)?;
        let held: Result<Option<u8>, _> = holder.exec_first("SELECT GET_LOCK(?, 5)", (&name,));
        held.map_err(|error| failed(told(&error)))?;
        sweep(&mut holder);
        let sql = format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4");
        run_beside(&admin, &sql).map_err(failed)?;
        Ok(Scratch {
            admin,
            name,
            holder: Some(holder),
        })
    }

    /// Returns how to connect to it.
    pub(super) fn origin(&self) -> Origin {
        let mut origin = self.admin.clone();
        origin.options = origin.options.db_name(Some(&self.name));
        origin.database.clone_from(&self.name);
        origin
    }
}

/// Drops what killed programs left. What can't be dropped is left to the next one.
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

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody is left to be told; the name says what it was.
        let sql = drop_database(&self.name);
        let dropped = self
            .holder
            .take()
            .is_some_and(|mut holder| holder.query_drop(&sql).is_ok());
        if !dropped {
            let _ = beside(&self.admin, |conn| conn.query_drop(&sql));
        }
    }
}
