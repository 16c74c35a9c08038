//! Backups of a PostgreSQL database, by `pg_dump`, `pg_restore` and `psql`.
//!
//! A restore is one transaction: it drops all existing objects, also those that the backup does not contain, and
//! creates the objects of the backup. A write between the copy of the current database and the locks of that
//! transaction would be lost, so stop all writers first.

mod script;

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use postgres::config::Host;

use crate::backend::{Backend, MigrationRun as _, Sharing};
use crate::backup_driver::{
    ANOTHER, BackupDriver, BackupError, BackupLocation, DatabaseInfo, Problem, Program, SafetyCopy,
    WithFile as _, regular,
};
use crate::error::{DatabaseError, DatabaseErrorKind, Error};
use crate::op::Op;
use crate::version_table::{VersionTable, heads_of};
use migrate_schema::value::Value;

use script::UpToCommit;

use super::url::{self, Origin};
use super::{Postgres, PostgresClient};
use crate::backend::tls::Security;

/// The SQL that empties a database, in the transaction that then fills it.
const EMPTY: &str = include_str!("backup/empty.sql");

/// The first bytes of a file that `pg_dump --format=custom` writes.
const MAGIC: &[u8] = b"PGDMP";

const PACKAGE: &str = "client programs of PostgreSQL";

/// One database of a server, for backups.
struct PgBackupDriver {
    origin: Origin,
    wait: Duration,
    table: &'static str,
}

pub(super) fn driver(
    url: &OsStr,
    wait: Duration,
    table: &'static str,
) -> Result<Box<dyn BackupDriver>, Error> {
    Ok(Box::new(PgBackupDriver {
        origin: url::origin(url, wait)?,
        wait,
        table,
    }))
}

/// Creates a scratch database with the contents of a copy. The roles that the copy names need not exist.
pub(super) fn scratch_of(
    copy: &Path,
    scratch_server: Option<&OsStr>,
    wait: Duration,
    sharing: Sharing,
) -> Result<PostgresClient, Error> {
    let client = PostgresClient::scratch(scratch_server, sharing)?;
    let origin = client.origin().cloned();
    let driver = PgBackupDriver {
        origin: origin.ok_or_else(|| Error::Bug("a scratch database has no URL".to_owned()))?,
        wait,
        table: "",
    };
    driver.check(&["pg_restore", "psql"])?;
    driver.fill(copy, Roles::Left)?;
    Ok(client)
}

/// Returns the environment variables with which the server's programs find a database.
pub(super) fn variables(origin: &Origin) -> Vec<(&'static str, OsString)> {
    let driver = PgBackupDriver {
        origin: origin.clone(),
        wait: Duration::ZERO,
        table: "",
    };
    let mut variables = driver.program("psql").environment;
    // These are settings of a backup.
    variables.retain(|(name, _)| !["PGOPTIONS", "PGAPPNAME"].contains(name));
    let options = origin.config.get_options();
    variables.extend(options.map(|options| ("PGOPTIONS", OsString::from(options))));
    variables
}

/// The treatment of the owners and privileges that a copy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roles {
    /// Restores them as in the copy.
    Kept,
    /// Makes the connected role the owner of everything.
    Left,
}

impl PgBackupDriver {
    fn connect(&self) -> Result<PostgresClient, Error> {
        PostgresClient::at(self.origin.clone(), None, Sharing::Exclusive)
    }

    fn program(&self, name: &'static str) -> Program {
        let config = &self.origin.config;
        let password = config
            .get_password()
            .map(|password| String::from_utf8_lossy(password).into_owned());
        Program {
            name,
            package: PACKAGE,
            version_after: &[],
            // Otherwise the programs would mix in the caller's service.
            forgotten: &["PGSERVICE"],
            environment: self.environment(password.as_deref()),
            secret: password,
        }
    }

    /// Returns the connection as environment variables of the server's programs.
    fn environment(&self, password: Option<&str>) -> Vec<(&'static str, OsString)> {
        let config = &self.origin.config;
        let list = |words: Vec<String>| -> Option<OsString> {
            (!words.is_empty()).then(|| words.join(",").into())
        };
        let hosts = config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let ssl = match &self.origin.channel {
            Security::Plain => "disable",
            Security::Tls(tls) => tls.check.ssl_mode(),
            Security::TlsFirst(_) => "prefer",
            Security::ClearFirst(_) => "allow",
        };
        // The wait for a lock must be bounded, in a backup and in a restore.
        let lock = format!("-c lock_timeout={}", self.wait.as_millis().max(1));
        let options = match config.get_options() {
            Some(options) => format!("{options} {lock}"),
            None => lock,
        };
        let text = |text: &str| Some(OsString::from(text));
        [
            ("PGHOST", list(hosts.collect())),
            (
                "PGHOSTADDR",
                list(
                    config
                        .get_hostaddrs()
                        .iter()
                        .map(ToString::to_string)
                        .collect(),
                ),
            ),
            (
                "PGPORT",
                list(config.get_ports().iter().map(ToString::to_string).collect()),
            ),
            ("PGUSER", config.get_user().and_then(text)),
            (
                "PGDATABASE",
                config.get_dbname().or(config.get_user()).and_then(text),
            ),
            ("PGPASSWORD", password.and_then(text)),
            ("PGSSLMODE", text(ssl)),
            ("PGSSLROOTCERT", self.roots()),
            ("PGOPTIONS", text(&options)),
            ("PGAPPNAME", text("cargo-migrate")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// Returns the file with the trusted certificates, if the URL names one.
    fn roots(&self) -> Option<OsString> {
        match &self.origin.channel {
            Security::Tls(tls) => tls.roots.clone().map(OsString::from),
            Security::Plain | Security::TlsFirst(_) | Security::ClearFirst(_) => None,
        }
    }

    /// Checks that the programs exist and are not older than the server.
    fn check(&self, names: &[&'static str]) -> Result<(), Error> {
        let mut client = self.connect()?;
        let number = <Postgres>::read(&mut client, self.wait, |op| {
            number(
                op,
                "SELECT current_setting('server_version_num')::bigint / 10000",
            )
        })?;
        let server = u32::try_from(number).unwrap_or(0);
        names
            .iter()
            .try_for_each(|name| self.program(name).not_older_than(&[server]))
    }

    fn dump(&self, to: &Path) -> Result<(), Error> {
        let program = self.program("pg_dump");
        let mut command = program.command();
        command
            .args(["--format=custom", "--no-password"])
            .arg(format!(
                "--lock-wait-timeout={}",
                self.wait.as_millis().max(1)
            ));
        let (succeeded, stderr) = program.piped(&mut command, |output| add_to(to, output))?;
        if succeeded {
            return Ok(());
        }
        Err(self.locked_or(&program, &stderr))
    }

    /// Rejects a database with subscriptions: a subscription has a slot on another server, so a transaction can't
    /// drop it.
    fn refuse_subscriptions(&self, client: &mut PostgresClient) -> Result<(), Error> {
        const NAMES: &str = "SELECT s.subname::text FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid \
                             WHERE d.datname = current_database() ORDER BY 1";
        let mut names = Vec::new();
        <Postgres>::read(client, self.wait, |op| {
            <Postgres>::query(&mut op.session, NAMES, &[], &mut |row| {
                if let Some(Value::Text(name)) = row.into_iter().next() {
                    names.push(name);
                }
            })
            .map_err(|error| Error::database("can't query the server", error))
        })?;
        let Some(name) = names.first() else {
            return Ok(());
        };
        let reason = format!(
            "the database has the subscription `{name}`, and the transaction of a restore can't drop and recreate a \
             subscription"
        );
        let refused = DatabaseError::new(DatabaseErrorKind::Other, reason).with_help(
            "drop it (`ALTER SUBSCRIPTION … DISABLE; ALTER SUBSCRIPTION … SET (slot_name = NONE)` keeps its slot), \
             restore, and create it again; nothing was changed",
        );
        Err(Error::database(
            format!("can't restore `{}`", self.origin.shown),
            refused,
        ))
    }

    fn locked_or(&self, program: &Program, stderr: &str) -> Error {
        // The programs print the server's message, which may be in another language, and usually not its code.
        if stderr.contains("lock timeout") || stderr.contains("55P03") {
            return Error::Locked {
                waited: self.wait,
                holder: None,
            };
        }
        program.failed(stderr)
    }

    /// Empties the database and fills it from a file, in one transaction.
    fn fill(&self, from: &Path, roles: Roles) -> Result<(), Error> {
        let (reader, writer) = (self.program("pg_restore"), self.program("psql"));
        let mut command = writer.command();
        command
            .args(["--no-psqlrc", "--quiet", "--no-password"])
            .args(["--set=ON_ERROR_STOP=1", "--file=-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut writing = writer.start(&mut command)?;
        let Some(target) = writing.child.stdin.take() else {
            return Err(Error::Bug("a program has no input".to_owned()));
        };
        match self.script(&reader, from, roles, target) {
            // Without a COMMIT at the end of its input, `psql` changes nothing.
            Err(Unwritten::Source(error)) => {
                writing.cut_off();
                Err(error)
            }
            Err(Unwritten::Target) => Err(self.locked_or(&writer, &writing.ended().1)),
            Ok(()) => match writing.ended() {
                (true, _) => Ok(()),
                (false, stderr) => Err(self.locked_or(&writer, &stderr)),
            },
        }
    }

    /// Writes the transaction that empties the database and fills it from a file. This function writes the COMMIT
    /// itself, so that an early end of the input never commits: neither if the reader fails nor if this process is
    /// killed.
    fn script(
        &self,
        reader: &Program,
        from: &Path,
        roles: Roles,
        mut target: impl Write,
    ) -> Result<(), Unwritten> {
        let lost = |_: io::Error| Unwritten::Target;
        write!(target, "BEGIN;\n{EMPTY};\n").map_err(lost)?;
        let mut command = reader.command();
        // With `--single-transaction`, large objects do not add a BEGIN and a COMMIT of their own.
        command
            .args(["--single-transaction", "--file=-"])
            .arg(argument(from));
        if roles == Roles::Left {
            command.args(["--no-owner", "--no-privileges"]);
        }
        let mut copied = Ok(0);
        let mut all_but_commit = UpToCommit::new(&mut target);
        let read = reader.piped(&mut command, |output| {
            copied = io::copy(output, &mut all_but_commit);
            Ok(())
        });
        copied.map_err(lost)?;
        match read.map_err(Unwritten::Source)? {
            (true, _) => all_but_commit
                .end()
                .and_then(|()| target.write_all(b"COMMIT;\n"))
                .map_err(lost),
            (false, stderr) => Err(Unwritten::Source(reader.failed(stderr))),
        }
    }
}

/// The reason why a script is incomplete.
enum Unwritten {
    /// Its source can't be read.
    Source(Error),
    /// The program that reads it has ended; its output has the reason.
    Target,
}

/// Appends what `from` reads to an existing file.
fn add_to(file: &Path, from: &mut dyn Read) -> Result<(), Error> {
    let mut opened = OpenOptions::new()
        .append(true)
        .open(file)
        .with_file("write", file)?;
    io::copy(from, &mut opened).with_file("write", file)?;
    opened.flush().with_file("write", file)
}

/// Returns a path that no program parses as an option.
fn argument(path: &Path) -> PathBuf {
    if path.is_absolute() {
        path.to_owned()
    } else {
        Path::new(".").join(path)
    }
}

fn number(op: &mut Op<'_, Postgres>, sql: &str) -> Result<i64, Error> {
    let mut found = 0;
    <Postgres>::query(&mut op.session, sql, &[], &mut |row| {
        found = row.first().and_then(Value::as_i64).unwrap_or(0);
    })
    .map_err(|error| Error::database("can't query the server", error))?;
    Ok(found)
}

impl BackupDriver for PgBackupDriver {
    fn location(&self) -> BackupLocation {
        let config = &self.origin.config;
        let name = config
            .get_dbname()
            .or(config.get_user())
            .unwrap_or("database");
        BackupLocation::of_server(name, "pgdump")
    }

    fn shown(&self) -> String {
        self.origin.shown.clone()
    }

    fn inspect_live(&self) -> Result<Option<DatabaseInfo>, Error> {
        let mut client = self.connect()?;
        let (size, heads) = <Postgres>::read(&mut client, self.wait, |op| {
            let size = number(op, "SELECT pg_database_size(current_database())")?;
            let heads =
                VersionTable::new::<Postgres>(self.table).heads::<Postgres>(&mut op.session);
            Ok((size, heads.ok().map(Option::unwrap_or_default)))
        })?;
        Ok(Some(DatabaseInfo::new(
            u64::try_from(size).unwrap_or(0),
            heads,
        )))
    }

    fn create(&self, to: &Path) -> Result<(), Error> {
        self.check(&["pg_dump", "pg_restore"])?;
        self.dump(to)
    }

    fn inspect(&self, file: &Path) -> Result<DatabaseInfo, Error> {
        let corrupt =
            |size, reason: String| DatabaseInfo::corrupt(size, Problem::new(reason, ANOTHER));
        let size = match regular(file) {
            Ok(size) => size,
            Err(problem) => return Ok(DatabaseInfo::corrupt(0, problem)),
        };
        let mut head = [0; 5];
        let read = File::open(file).and_then(|mut file| file.read_exact(&mut head));
        if read.is_err() || head != MAGIC {
            let reason = "it is not in the format of `pg_dump --format=custom`";
            return Ok(corrupt(size, reason.to_owned()));
        }
        let program = self.program("pg_restore");
        let mut command = program.command();
        command
            .arg("--file=-")
            .arg(argument(file))
            .stdout(Stdio::null());
        let (succeeded, stderr) = program.start(&mut command)?.ended();
        if !succeeded {
            return Ok(corrupt(
                size,
                format!("it is damaged: {}", program.shown(&stderr)),
            ));
        }
        let mut command = program.command();
        command
            .args(["--data-only", "--file=-"])
            .arg(format!("--table={}", self.table))
            .arg(argument(file));
        let mut text = Vec::new();
        program.piped(&mut command, |output| {
            // If the output ends early, the program reports the reason.
            let _ = output.read_to_end(&mut text);
            Ok(())
        })?;
        let heads = heads_in(&String::from_utf8_lossy(&text));
        Ok(DatabaseInfo::new(size, Some(heads)))
    }

    fn restore(&self, from: &Path, keep: Option<SafetyCopy<'_>>) -> Result<(), Error> {
        self.check(&["pg_dump", "pg_restore", "psql"])?;
        let mut client = self.connect()?;
        self.refuse_subscriptions(&mut client)?;
        // The lock prevents migrations until the end of the run.
        let mut run = <Postgres>::begin_run(&mut client, self.wait, self.table)?;
        run.begin()?;
        run.rollback();
        if let Some(keep) = keep {
            self.dump(keep.to)?;
            (keep.done)()?;
        }
        self.fill(from, Roles::Kept).map_err(|error| match error {
            Error::Backup(error) => match *error {
                BackupError::Program {
                    program, reason, ..
                } => {
                    let database_error = DatabaseError::new(
                        DatabaseErrorKind::Other,
                        format!("{program}: {reason}"),
                    )
                    .with_help("the database is unchanged, because the restore is one transaction");
                    Error::database(
                        format!("can't restore `{}`", self.origin.shown),
                        database_error,
                    )
                }
                other => other.into(),
            },
            other => other,
        })
    }
}

/// Returns the heads, from the rows of the version table in the format of `COPY`.
fn heads_in(script: &str) -> Vec<String> {
    let mut lines = script.lines().skip_while(|line| !line.starts_with("COPY "));
    let Some(columns) = lines
        .next()
        .and_then(|line| line.split_once('(')?.1.split_once(')'))
    else {
        return Vec::new();
    };
    let columns: Vec<&str> = columns.0.split(", ").collect();
    let at = |name: &str| columns.iter().position(|column| *column == name);
    let (Some(id), Some(down), Some(needs)) =
        (at("revision"), at("down_revision"), at("depends_on"))
    else {
        return Vec::new();
    };
    let rows: Vec<(String, [String; 2])> = lines
        .take_while(|line| *line != "\\.")
        .map(|line| {
            let values: Vec<&str> = line.split('\t').collect();
            let value = |at: usize| values.get(at).copied().unwrap_or_default().to_owned();
            (value(id), [value(down), value(needs)])
        })
        .collect();
    heads_of(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_from_the_rows_of_a_dump() {
        let script = "SET x = 1;\n\nCOPY public.migrate_revisions (revision, down_revision, depends_on, message) FROM stdin;\n\
                      a1\t\t\tfirst\nb2\ta1\t\tsecond\nc3\ta1\tb2\tthird\n\\.\n\n-- done\n";
        assert_eq!(heads_in(script), ["c3"]);
        assert_eq!(heads_in("-- nothing\n"), [] as [&str; 0]);
        assert_eq!(heads_in("COPY t FROM stdin;\n"), [] as [&str; 0]);
    }

    #[test]
    fn the_password_is_in_the_environment_and_nowhere_else() {
        let url =
            OsStr::new("postgres://u:s%40cret@localhost:5433/db?options=-c%20search_path%3Dapp");
        let driver = PgBackupDriver {
            origin: url::origin(url, Duration::from_secs(3)).unwrap(),
            wait: Duration::from_secs(3),
            table: "migrate_revisions",
        };
        let program = driver.program("pg_dump");
        let value = |name: &str| {
            let found = program.environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.to_str().unwrap().to_owned())
        };
        assert_eq!(value("PGPASSWORD").as_deref(), Some("s@cret"));
        assert_eq!(value("PGPORT").as_deref(), Some("5433"));
        assert_eq!(
            value("PGOPTIONS").as_deref(),
            Some("-c search_path=app -c lock_timeout=3000")
        );
        let error = program.failed("password s@cret is wrong\n").to_string();
        assert_eq!(error, "pg_dump: password *** is wrong");
        assert!(!driver.shown().contains("cret"));
    }
}
