//! The database of a session, as its server and its URL name it.

use postgres::config::Host as At;

use crate::backend::CurrentDatabase;
use crate::backend::url::{Host, ServerUrl};
use crate::error::{DatabaseError, DatabaseErrorKind};

use super::error::from_driver;
use super::scratch;
use super::session::{PgSession, first_text};
use super::url::Origin;

/// Asks the server for the name of the database.
pub(super) fn of(session: &mut PgSession<'_>) -> Result<CurrentDatabase, DatabaseError> {
    let answers = session
        .transaction
        .simple_query("SELECT current_database()");
    let answers = answers.map_err(|error| from_driver(&error))?;
    let name = first_text(&answers).ok_or_else(|| {
        let reason = "the server did not return the name of the database";
        DatabaseError::new(DatabaseErrorKind::Other, reason)
    })?;
    let is_scratch = scratch::is_name(&name);
    let mut current = CurrentDatabase::new(name);
    if let Some(url) = &session.url {
        current = current.with_url(&**url);
    }
    Ok(match is_scratch {
        true => current.scratch(),
        false => current,
    })
}

impl Origin {
    /// Returns the URL of these parameters, without password and options.
    pub(super) fn current_url(&self) -> String {
        let config = &self.config;
        let ports = config.get_ports();
        let hosts = config
            .get_hosts()
            .iter()
            .enumerate()
            .map(|(at, host)| Host {
                name: match host {
                    At::Tcp(name) => name.clone(),
                    #[cfg(unix)]
                    At::Unix(folder) => folder.display().to_string(),
                },
                port: ports.get(at).or(ports.first()).copied(),
            });
        let user = config.get_user().map(str::to_owned);
        ServerUrl {
            database: config.get_dbname().map(str::to_owned).or(user.clone()),
            user,
            hosts: hosts.collect(),
            ..ServerUrl::default()
        }
        .shown("postgres")
    }
}
