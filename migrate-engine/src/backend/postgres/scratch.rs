//! Scratch databases: creates and drops them, and drops those that a killed process left behind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use migrate_schema::ddl::Dialect as _;
use postgres::Client;

use crate::error::{DatabaseError, Error};
use crate::scratch_directory::{PREFIX, unique_name};

use super::PostgresDialect;
use super::admin::{connect_to_server, is_missing};
use super::search_path::Home;
use super::url::Origin;
use super::{error::from_driver, tls};

/// The age at which an unused database counts as left behind. The process that creates one connects to it
/// immediately.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Returns whether this is the name of a scratch database.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A database that is dropped together with this value, unless it is kept.
pub(super) struct Scratch {
    admin: Origin,
    /// The name, which needs no quotes.
    pub(super) name: String,
    /// The search path of the original database, if a new database has a different one: it may come from the URL, the
    /// role or that database.
    path: Option<String>,
    keep: bool,
}

impl Scratch {
    /// Creates a scratch database on the server of `admin`, and drops those that other processes left behind.
    pub(super) fn create(admin: Origin) -> Result<Scratch, Error> {
        let failed = failed(&admin);
        Self::create_as(admin, false, None).map_err(failed)
    }

    /// Creates a scratch database as [`create`](Scratch::create) does, which may be kept after its use.
    pub(super) fn create_to_keep(admin: Origin, keep: bool) -> Result<Scratch, Error> {
        let failed = failed(&admin);
        Self::create_as(admin, keep, None).map_err(failed)
    }

    /// Creates a scratch database as a copy of a template. Returns `None` if the template does not exist.
    pub(super) fn copy(
        admin: Origin,
        keep: bool,
        template: &str,
    ) -> Result<Option<Scratch>, Error> {
        let failed = failed(&admin);
        match Self::create_as(admin, keep, Some(template)) {
            Ok(scratch) => Ok(Some(scratch)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn create_as(
        admin: Origin,
        keep: bool,
        template: Option<&str>,
    ) -> Result<Scratch, DatabaseError> {
        let name = unique_name(keep);
        let template = template.map(|template| format!(" TEMPLATE {template}"));
        let template = template.unwrap_or_default();
        // The database of the URL may not exist yet.
        let (admin, mut client) = connect_to_server(&admin)?;
        sweep(&mut client, since_1970());
        let path = path(&mut client)?;
        client
            .batch_execute(&format!("CREATE DATABASE {name}{template}"))
            .map_err(|error| from_driver(&error))?;
        Ok(Scratch {
            admin,
            name,
            path,
            keep,
        })
    }

    /// Makes this database a template of this name, which nobody can connect to. It gets the name only now, when it is
    /// complete. `lock` is a connection to another database of the server.
    pub(super) fn publish(
        mut self,
        lock: &mut Client,
        name: &str,
        label: &str,
    ) -> Result<(), DatabaseError> {
        let label = PostgresDialect.string_literal(label);
        lock.batch_execute(&format!(
            "COMMENT ON DATABASE {own} IS {label}; ALTER DATABASE {own} WITH ALLOW_CONNECTIONS false; \
             ALTER DATABASE {own} RENAME TO {name}",
            own = self.name
        ))
        .map_err(|error| from_driver(&error))?;
        self.keep = true;
        Ok(())
    }

    /// Sets the search path of the database itself, for programs that know only its name.
    pub(super) fn set_path(&self) -> Result<(), DatabaseError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let sql = format!("ALTER DATABASE {} SET search_path TO {path}", self.name);
        connect(&self.admin)?
            .batch_execute(&sql)
            .map_err(|error| from_driver(&error))
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

/// Returns the error of a database that can't be created.
fn failed(admin: &Origin) -> impl Fn(DatabaseError) -> Error + use<> {
    let action = format!("can't create a scratch database at `{}`", admin.shown);
    move |error| {
        let help = "set MIGRATE_SCRATCH_URL to any database of a server where the role may create databases";
        Error::database(action.clone(), error.with_help(help))
    }
}

fn path(client: &mut Client) -> Result<Option<String>, DatabaseError> {
    let home = Home::ask(client).map_err(|error| from_driver(&error))?;
    Ok(home.spelled_out())
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
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
