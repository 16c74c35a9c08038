//! Backups of a MariaDB or MySQL database, by the server's own programs.
//!
//! A change of the schema commits on these servers, so a restore can't be one transaction. Its order makes it safe.
//! First, the backup is loaded into a scratch database, and the current database is copied. Then a marker
//! (`restore_marker`) is written, everything is dropped, and the backup is loaded. The marker is removed last. If the
//! process is killed, the marker remains, and only another restore works on the database.

mod dump;
mod load;
mod options;
mod restore;
mod tables;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use mysql::prelude::Queryable as _;
use mysql::{Error as Fault, Opts};

use crate::backend::{Backend, Exclusive, MigrationRun as _, Sharing};
use crate::backup_driver::{
    BackupDriver, BackupError, BackupLocation, DatabaseInfo, Program, SafetyCopy,
};
use crate::error::Error;
use crate::version_table::VersionTable;

use load::{Extent, load};

use super::client::MysqlClient;
use super::error::from_driver;
use super::run::MysqlRun;
use super::scratch::{self, Scratch};
use super::server::Family;
use super::url::{self, Origin};
use super::{Mysql, restore_marker};

/// The names of the dump program, the newer one first.
const DUMP: [&str; 2] = ["mariadb-dump", "mysqldump"];

/// The names of the client program.
const CLIENT: [&str; 2] = ["mariadb", "mysql"];

/// One database of a server, for backups.
#[derive(Clone)]
struct MysqlBackupDriver {
    url: OsString,
    origin: Origin,
    wait: Duration,
    table: &'static str,
}

pub(super) fn driver(
    url: &OsStr,
    wait: Duration,
    table: &'static str,
) -> Result<Box<dyn BackupDriver>, Error> {
    Ok(Box::new(MysqlBackupDriver {
        url: url.to_owned(),
        origin: url::origin(url, wait)?,
        wait,
        table,
    }))
}

/// Creates a scratch database with the contents of a copy, without statements that affect anything else.
pub(super) fn scratch_of(
    copy: &Path,
    scratch_server: Option<&OsStr>,
    wait: Duration,
    sharing: Sharing,
) -> Result<MysqlClient, Error> {
    let (url, scratch) = scratch_database(scratch_server, wait, false)?;
    scratch_with(copy, url, scratch, wait, sharing)
}

/// Creates an empty scratch database. Returns the URL of its server, too.
pub(super) fn scratch_database(
    scratch_server: Option<&OsStr>,
    wait: Duration,
    keep: bool,
) -> Result<(OsString, Scratch), Error> {
    let url = scratch::url(scratch_server)?;
    // Objects without an explicit collation get the collation that they would have in the original database.
    let scratch_server =
        scratch_server.and_then(|scratch_server| url::origin(scratch_server, wait).ok());
    let admin = url::origin(&url, wait)?;
    let scratch = Scratch::create_to_keep(admin, scratch_server.as_ref(), keep)?;
    Ok((url, scratch))
}

/// Loads a copy into an empty scratch database.
pub(super) fn scratch_with(
    copy: &Path,
    url: OsString,
    scratch: Scratch,
    wait: Duration,
    sharing: Sharing,
) -> Result<MysqlClient, Error> {
    let driver = MysqlBackupDriver {
        url,
        origin: scratch.origin(),
        wait,
        table: "",
    };
    let mut client = MysqlClient::at(scratch.origin(), Some(scratch), sharing)?;
    let program = driver.program(&mut client, CLIENT)?;
    load(&driver, &program, &driver.origin, copy, Extent::Copy)?;
    Ok(client)
}

impl MysqlBackupDriver {
    /// Connects, also to a database with an unfinished restore.
    fn connect_anyway(&self) -> Result<MysqlClient, Error> {
        MysqlClient::open_anyway(self.origin.clone())
    }

    /// Takes the migration lock until the returned run is dropped.
    fn locked<'c>(&self, client: &'c mut MysqlClient) -> Result<MysqlRun<'c, Exclusive>, Error> {
        let mut run = <Mysql>::begin_run(client, self.wait, self.table)?;
        run.begin()?;
        run.rollback();
        Ok(run)
    }

    /// Returns the first of these programs that exists, after a check that it belongs to the server's product and is
    /// not older.
    fn program(
        &self,
        client: &mut MysqlClient,
        names: [&'static str; 2],
    ) -> Result<Program, Error> {
        let server = client.server()?;
        let (package, names) = match server.family {
            Family::MariaDb => ("client programs of MariaDB", names),
            Family::MySql => ("client programs of MySQL", [names[1], names[0]]),
        };
        let of = |name| Program {
            name,
            package,
            version_after: &["Distrib", "from", "Ver"],
            environment: Vec::new(),
            // The option file contains all of these.
            forgotten: &[
                "MYSQL_PWD",
                "MYSQL_HOST",
                "MYSQL_TCP_PORT",
                "MYSQL_UNIX_PORT",
            ],
            secret: Opts::from(self.origin.options.clone())
                .get_pass()
                .map(str::to_owned),
        };
        let found = names
            .into_iter()
            .map(of)
            .find(|program| program.says().is_ok());
        let program = found.unwrap_or_else(|| of(names[0]));
        if program.says()?.contains("MariaDB") != server.is_mariadb() {
            return Err(BackupError::Program {
                program: program.name.to_owned(),
                reason: format!(
                    "it is a program of another product: the server is {}",
                    server.title()
                ),
                help: format!("install the {package}"),
            }
            .into());
        }
        let (major, minor, _) = server.version;
        program.not_older_than(&[major, minor])?;
        Ok(program)
    }
}

fn query_error(error: Fault) -> Error {
    Error::database("can't query the server", from_driver(&error))
}

impl BackupDriver for MysqlBackupDriver {
    fn location(&self) -> BackupLocation {
        BackupLocation::of_server(&self.origin.database, "sql")
    }

    fn shown(&self) -> String {
        self.origin.shown.clone()
    }

    fn inspect_live(&self) -> Result<Option<DatabaseInfo>, Error> {
        let mut client = self.connect_anyway()?;
        let size: Option<u64> = client
            .conn()
            .query_first(
                "SELECT CAST(COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS UNSIGNED) \
                 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
            )
            .map_err(query_error)?;
        let size = size.unwrap_or(0);
        if let Some(restoring) = restore_marker::read(client.conn()).map_err(query_error)? {
            return Ok(Some(DatabaseInfo::partial(size, &restoring.backup)));
        }
        let heads = <Mysql>::read(&mut client, self.wait, |op| {
            let table = VersionTable::new::<Mysql>(self.table);
            Ok(table.heads::<Mysql>(&mut op.session).ok())
        })?;
        Ok(Some(DatabaseInfo::new(
            size,
            heads.map(Option::unwrap_or_default),
        )))
    }

    fn create(&self, to: &Path) -> Result<(), Error> {
        let mut client = MysqlClient::open(&self.url, self.wait, Sharing::Exclusive)?;
        let program = self.program(&mut client, DUMP)?;
        let server = client.server()?;
        // The dump reads rows as of one moment, but does not exclude changes of the schema. The lock prevents
        // migrations.
        let mut run = self.locked(&mut client)?;
        dump::write(self, run.conn(), server, &program, to)
    }

    fn inspect(&self, file: &Path) -> Result<DatabaseInfo, Error> {
        dump::inspect(file, self.table)
    }

    fn restore(&self, from: &Path, keep: Option<SafetyCopy<'_>>) -> Result<(), Error> {
        restore::run(self, from, keep)
    }
}
