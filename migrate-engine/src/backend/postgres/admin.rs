//! Creates and drops databases over a connection to another database of the server.

use std::ffi::OsStr;
use std::time::Duration;

use postgres::Client;
use postgres::error::SqlState;

use crate::backend::DatabaseAdmin;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

use super::error::{from_driver, is};
use super::tls;
use super::url::{Origin, origin};

/// The databases that every server has, in the order in which they are tried.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// Connects to the database of `origin`, or to a maintenance database of its server if that does not exist. Returns the
/// parameters of the connection, too.
pub(super) fn connect_to_server(origin: &Origin) -> Result<(Origin, Client), DatabaseError> {
    match connect(origin) {
        Err(error) if is_missing(&error) => maintenance(origin),
        connected => Ok((origin.clone(), connected?)),
    }
}

/// Connects to a maintenance database other than the one of `origin`.
fn maintenance(origin: &Origin) -> Result<(Origin, Client), DatabaseError> {
    let mut failure = None;
    for name in MAINTENANCE {
        if database(origin) == Some(name) {
            continue;
        }
        let mut other = origin.clone();
        other.config.dbname(name);
        match connect(&other) {
            Ok(client) => return Ok((other, client)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or_else(|| {
        DatabaseError::new(
            DatabaseErrorKind::CannotOpen,
            "the server has no other database",
        )
    }))
}

fn connect(origin: &Origin) -> Result<Client, DatabaseError> {
    tls::connect(&origin.config, &origin.channel)
}

/// Returns whether the server reported that the database does not exist.
pub(super) fn is_missing(error: &DatabaseError) -> bool {
    let code = format!("(SQLSTATE {}", SqlState::INVALID_CATALOG_NAME.code());
    error.message.contains(&code)
}

/// Returns the name of the database. As in libpq, it is the name of the user if there is no other.
fn database(origin: &Origin) -> Option<&str> {
    origin.config.get_dbname().or(origin.config.get_user())
}

/// The database that a URL names.
pub(super) struct ServerDatabase {
    origin: Origin,
    name: String,
}

impl ServerDatabase {
    pub(super) fn new(url: &OsStr, wait: Duration) -> Result<ServerDatabase, Error> {
        let origin = origin(url, wait)?;
        match database(&origin) {
            Some(name) => Ok(ServerDatabase {
                name: name.to_owned(),
                origin,
            }),
            None => Err(Error::Url {
                url: origin.shown,
                reason: "it names no database".to_owned(),
                help: "write the name after the host: `/DATABASE`".to_owned(),
            }),
        }
    }

    /// Runs a statement with the name of the database in the maintenance database. Returns `false` if the server reports
    /// one of `unneeded`.
    fn run(&self, action: &str, statement: &str, unneeded: &[SqlState]) -> Result<bool, Error> {
        let failed =
            |error| Error::database(format!("can't {action} `{}`", self.origin.shown), error);
        let (_, mut client) = maintenance(&self.origin).map_err(failed)?;
        let name = self.name.replace('"', "\"\"");
        match client.batch_execute(&format!("{statement} \"{name}\"")) {
            Ok(()) => Ok(true),
            Err(error) if unneeded.iter().any(|code| is(&error, code)) => Ok(false),
            Err(error) if is(&error, &SqlState::OBJECT_IN_USE) => {
                Err(failed(from_driver(&error).with_help(
                    "stop the programs that use the database, and run the command again",
                )))
            }
            Err(error) => Err(failed(from_driver(&error))),
        }
    }
}

impl DatabaseAdmin for ServerDatabase {
    fn name(&self) -> &str {
        &self.origin.shown
    }

    fn exists(&self) -> Result<bool, Error> {
        match connect(&self.origin) {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(Error::database(
                format!("can't connect to `{}`", self.origin.shown),
                error,
            )),
        }
    }

    fn create(&self) -> Result<bool, Error> {
        // If another process creates it at the same time, the server reports the second code.
        let exists = [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION];
        self.run("create", "CREATE DATABASE", &exists)
    }

    fn contents(&self) -> Result<String, Error> {
        let sql = "SELECT count(*), pg_size_pretty(pg_database_size(current_database())) FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') \
                   AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname::text, 'pg_')";
        let read = connect(&self.origin).and_then(|mut client| {
            let row = client
                .query_one(sql, &[])
                .map_err(|error| from_driver(&error))?;
            let (tables, size): (i64, String) = (row.get(0), row.get(1));
            Ok(format!("{tables} tables, {size}"))
        });
        read.map_err(|error| Error::database(format!("can't read `{}`", self.origin.shown), error))
    }

    fn remove(&self) -> Result<bool, Error> {
        self.run("drop", "DROP DATABASE", &[SqlState::INVALID_CATALOG_NAME])
    }
}
