//! The database of a session, as its server and its URL name it.

use mysql::Opts;
use mysql::prelude::Queryable as _;

use crate::backend::CurrentDatabase;
use crate::backend::url::{Host, ServerUrl};
use crate::error::{DatabaseError, DatabaseErrorKind};

use super::error::from_driver;
use super::scratch;
use super::session::MysqlSession;
use super::url::Origin;

/// Asks the server for the name of the database.
pub(super) fn of(session: &mut MysqlSession<'_>) -> Result<CurrentDatabase, DatabaseError> {
    let name = session.conn.query_first("SELECT DATABASE()");
    let name: Option<Option<String>> = name.map_err(|error| from_driver(&error))?;
    let name = name.flatten().ok_or_else(|| {
        DatabaseError::new(
            DatabaseErrorKind::Other,
            "the connection has no current database",
        )
    })?;
    let is_scratch = scratch::is_name(&name);
    let mut current = CurrentDatabase::new(name);
    if let Some(url) = &session.url {
        current = current.with_url(url);
    }
    Ok(match is_scratch {
        true => current.scratch(),
        false => current,
    })
}

impl Origin {
    /// Returns the URL of these parameters, without password and options.
    pub(super) fn current_url(&self) -> String {
        let options = Opts::from(self.options.clone());
        let host = match options.get_socket() {
            Some(socket) => Host {
                name: socket.to_owned(),
                port: None,
            },
            None => Host {
                name: options.get_ip_or_hostname().into_owned(),
                port: Some(options.get_tcp_port()),
            },
        };
        ServerUrl {
            database: options.get_db_name().map(str::to_owned),
            user: options.get_user().map(str::to_owned),
            hosts: vec![host],
            ..ServerUrl::default()
        }
        .shown("mysql")
    }
}
