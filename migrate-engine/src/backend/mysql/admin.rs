//! Creates and drops databases over a connection without a current database.

use std::ffi::OsStr;
use std::time::Duration;

use mysql::prelude::Queryable as _;

use crate::backend::DatabaseAdmin;
use crate::error::{DatabaseError, Error};

use super::client::{drop_database, with_separate_connection};
use super::identifier;
use super::url::{Origin, origin};

/// The database that a URL names.
pub(super) struct ServerDatabase {
    origin: Origin,
    wait: Duration,
}

impl ServerDatabase {
    pub(super) fn new(url: &OsStr, wait: Duration) -> Result<ServerDatabase, Error> {
        let origin = origin(url, wait)?;
        Ok(ServerDatabase { origin, wait })
    }

    fn failed(&self, action: &str, error: DatabaseError) -> Error {
        Error::database(format!("can't {action} `{}`", self.origin.shown), error)
    }
}

impl DatabaseAdmin for ServerDatabase {
    fn name(&self) -> &str {
        &self.origin.shown
    }

    fn exists(&self) -> Result<bool, Error> {
        let sql = "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";
        let found = with_separate_connection(&self.origin, |conn| {
            conn.exec_first::<u64, _, _>(sql, (&self.origin.database,))
        });
        match found {
            Ok(count) => Ok(count.is_some_and(|count| count > 0)),
            Err(error) => Err(self.failed("connect to", error)),
        }
    }

    fn create(&self) -> Result<bool, Error> {
        if self.exists()? {
            return Ok(false);
        }
        let name = identifier(&self.origin.database);
        let sql = format!("CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4");
        let created = with_separate_connection(&self.origin, |conn| conn.query_drop(&sql));
        created.map_err(|error| self.failed("create", error))?;
        Ok(true)
    }

    fn contents(&self) -> Result<String, Error> {
        let sql = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW'";
        let found = with_separate_connection(&self.origin, |conn| {
            conn.exec_first::<u64, _, _>(sql, (&self.origin.database,))
        });
        let tables = found.map_err(|error| self.failed("read", error))?;
        Ok(format!("{} tables", tables.unwrap_or_default()))
    }

    fn remove(&self) -> Result<bool, Error> {
        if !self.exists()? {
            return Ok(false);
        }
        let wait = self.wait.as_secs().max(1);
        let dropped = with_separate_connection(&self.origin, |conn| {
            conn.query_drop(format!("SET SESSION lock_wait_timeout = {wait}"))?;
            conn.query_drop(drop_database(&self.origin.database))
        });
        dropped.map_err(|error| self.failed("drop", error))?;
        Ok(true)
    }
}
