//! Scratch databases: creates and drops them, and drops those that a killed process left behind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use postgres::Client;

use crate::error::{DatabaseError, Error};

use super::admin::connect_to_server;
use super::search_path::Home;
use super::url::Origin;
use super::{error::from_driver, tls};

/// The prefix of all names. The process ID and the creation time follow.
const PREFIX: &str = "cargo_migrate_scratch_";

/// The age at which an unused database counts as left behind. The process that creates one connects to it
/// immediately.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Returns whether this is the name of a scratch database.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A database that is dropped together with this value.
pub(super) struct Scratch {
    admin: Origin,
    /// The name, which needs no quotes.
    pub(super) name: String,
    /// The search path of the original database, if a new database has a different one: it may come from the URL, the
    /// role or that database.
    path: Option<String>,
}

impl Scratch {
    /// Creates a scratch database on the server of `admin`, and drops those that other processes left behind.
    pub(super) fn create(admin: Origin) -> Result<Scratch, Error> {
        let now = since_1970();
        // The name is unique on the server: two processes with the same ID can't run in the same nanosecond.
        let name = format!("{PREFIX}{}_{}", std::process::id(), now.as_nanos());
        // The database of the URL may not exist yet.
        let created = connect_to_server(&admin).and_then(|(used, mut client)| {
            sweep(&mut client, now);
            let path = path(&mut client)?;
            client
                .batch_execute(&format!("CREATE DATABASE {name}"))
                .map_err(|error| from_driver(&error))?;
            Ok((used, path))
        });
        match created {
            Ok((admin, path)) => Ok(Scratch { admin, name, path }),
            Err(error) => Err(Error::database(
                format!("can't create a scratch database at `{}`", admin.shown),
                error.with_help("set MIGRATE_SCRATCH_URL to any database of a server where the role may create databases"),
            )),
        }
    }

    /// Uses the search path of another database, if it can be read.
    pub(super) fn with_path_of(mut self, other: &Origin) -> Scratch {
        if let Ok(path) = connect(other).and_then(|mut client| path(&mut client)) {
            self.path = path;
        }
        self
    }

    /// Returns the parameters for a connection.
    pub(super) fn origin(&self) -> Origin {
        let mut origin = self.admin.clone();
        origin.config.dbname(&self.name);
        if let Some(path) = &self.path {
            // The last setting of an option wins.
            let before = origin.config.get_options().unwrap_or_default();
            let path = path.replace('\\', "\\\\").replace(' ', "\\ ");
            let options = format!("{before} -c search_path={path}");
            origin.config.options(options.trim_start());
        }
        origin
    }
}

fn path(client: &mut Client) -> Result<Option<String>, DatabaseError> {
    let home = Home::ask(client).map_err(|error| from_driver(&error))?;
    Ok(home.spelled_out())
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // An error in `drop` can't be reported. The next process that creates a scratch database drops this one.
        if let Ok(mut client) = connect(&self.admin) {
            let _ = client.batch_execute(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                self.name
            ));
        }
    }
}

fn connect(admin: &Origin) -> Result<Client, DatabaseError> {
    tls::connect(&admin.config, &admin.channel)
}

/// Drops unused scratch databases. Errors are ignored.
fn sweep(client: &mut Client, now: Duration) {
    let unused = "SELECT datname::text FROM pg_database d WHERE starts_with(datname::text, $1) \
                  AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid)";
    for row in client.query(unused, &[&PREFIX]).unwrap_or_default() {
        let name: String = row.get(0);
        if created_at(&name).is_some_and(|created| created + LEFT_BEHIND < now) {
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}"));
        }
    }
}

/// Returns the creation time in a name, or `None` if [`Scratch::create`] did not make the name.
fn created_at(name: &str) -> Option<Duration> {
    let (process, nanos) = name.strip_prefix(PREFIX)?.split_once('_')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(process) || !digits(nanos) {
        return None;
    }
    let nanos: u128 = nanos.parse().ok()?;
    u64::try_from(nanos / 1_000_000_000)
        .ok()
        .map(Duration::from_secs)
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_generated_names_contain_a_time() {
        assert_eq!(
            created_at("cargo_migrate_scratch_17_1700000000000000001"),
            Some(Duration::from_secs(1_700_000_000))
        );
        for name in [
            "app",
            "cargo_migrate_scratch_",
            "cargo_migrate_scratch_17",
            "cargo_migrate_scratch_17_",
            "cargo_migrate_scratch_17_1; DROP DATABASE app",
            "cargo_migrate_scratch_x_1",
        ] {
            assert_eq!(created_at(name), None, "{name}");
        }
    }
}
