//! Writes and reads the file of a backup: two dumps by the server's program, and our own lines around them.
//!
//! ```text
//! -- cargo migrate backup 1
//! tables with their rows, triggers and views, routines
//! -- cargo migrate: events
//! events, which would begin to run in the database that a backup is tried in
//! -- cargo migrate: complete, HASH OF ALL BEFORE
//! ```
//!
//! All of it is SQL that the server's client reads, with this crate or without.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::Path;

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::backup_driver::{
    ANOTHER, BackupError, DatabaseInfo, Problem, Program, WithFile as _, regular,
};
use crate::error::Error;
use crate::hash;
use crate::version_table::heads_of;

use super::super::error::is;
use super::super::lossy_metadata;
use super::super::server::{Family, Server};
use super::super::sql::{Token, Tokens};
use super::super::{identifier, restore_marker};
use super::options::OptionFile;
use super::{MysqlBackupDriver, query_error, tables};

const BEGIN: &str = "-- cargo migrate backup 1\n";
/// The line before the events.
pub(super) const EVENTS: &str = "-- cargo migrate: events\n";
const END: &str = "-- cargo migrate: complete, ";

/// The error code of a lock timeout.
const LOCK_WAIT: u16 = 1205;

/// The error code of a view that reads a missing object, or an object that its definer may not read.
const VIEW_INVALID: u16 = 1356;

/// Copies the database into an existing file.
pub(super) fn write(
    driver: &MysqlBackupDriver,
    conn: &mut Conn,
    server: Server,
    program: &Program,
    to: &Path,
) -> Result<(), Error> {
    reject_broken_views(driver, conn)?;
    let mut parts = consistency_options(driver, conn)?;
    let file = OpenOptions::new().append(true).open(to);
    let mut hashed = Hashed {
        file: BufWriter::new(file.with_file("write", to)?),
        hash: hash::fnv::<&[u8]>([]),
    };
    let write_line =
        |hashed: &mut Hashed, text: &str| hashed.write_all(text.as_bytes()).with_file("write", to);
    write_line(&mut hashed, BEGIN)?;
    // These override an option file of the machine.
    parts.extend(["--routines", "--triggers", "--skip-events"]);
    parts.extend(["--skip-no-data", "--skip-no-create-info"]);
    run(driver, program, &parts, |dump| {
        tables::with_letters(dump, &mut hashed, to, |table, shown| {
            lossy_metadata::restored(conn, server, table, shown).map_err(query_error)
        })
    })?;
    write_line(&mut hashed, EVENTS)?;
    let events = [
        "--events",
        "--no-data",
        "--no-create-info",
        "--skip-triggers",
    ];
    run(driver, program, &events, |dump| {
        io::copy(dump, &mut hashed).with_file("write", to)?;
        Ok(())
    })?;
    let end = format!("{END}{:016x}\n", hashed.hash);
    write_line(&mut hashed, &end)?;
    hashed.flush().with_file("write", to)
}

/// Returns a hash of the rows of each table, in a database that no other process uses.
pub(super) fn rows(
    driver: &MysqlBackupDriver,
    program: &Program,
) -> Result<BTreeMap<String, u64>, Error> {
    let mut client = driver.connect_anyway()?;
    let mut parts = consistency_options(driver, client.conn())?;
    parts.extend(["--skip-no-data", "--no-create-info", "--skip-triggers"]);
    let mut found = BTreeMap::new();
    run(driver, program, &parts, |dump| {
        let read = tables::rows(dump);
        found = read.map_err(|error| program.failed(error.to_string()))?;
        Ok(())
    })?;
    Ok(found)
}

/// Rejects views for which the server's program fails, because no program could recreate them either.
fn reject_broken_views(driver: &MysqlBackupDriver, conn: &mut Conn) -> Result<(), Error> {
    let views: Vec<String> = conn
        .query("SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME")
        .map_err(query_error)?;
    let mut broken = Vec::new();
    for view in views {
        match conn.query_drop(format!("SELECT 1 FROM {} LIMIT 0", identifier(&view))) {
            Err(error) if is(&error, VIEW_INVALID) => broken.push(view),
            result => result.map_err(query_error)?,
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = broken.iter().map(|name| format!("`{name}`")).collect();
    Err(BackupError::Unsupported {
        database: driver.origin.shown.clone(),
        reason: format!(
            "the server can't open view {}: an object that the view reads does not exist, or its definer may not read it",
            names.join(", ")
        ),
        help: "restore that object, or drop the view".to_owned(),
    }
    .into())
}

/// Waits until each table can be read, and returns the options for a consistent dump: a transaction, or locks that
/// block writers if an engine has no transactions. Tables with a history of their rows are dumped with the whole
/// history.
fn consistency_options(
    driver: &MysqlBackupDriver,
    conn: &mut Conn,
) -> Result<Vec<&'static str>, Error> {
    let tables: Vec<(String, Option<bool>, bool)> = conn
        .query(
            "SELECT TABLE_NAME, e.TRANSACTIONS = 'YES', TABLE_TYPE <> 'BASE TABLE' FROM information_schema.TABLES AS t \
             LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
        )
        .map_err(query_error)?;
    set_patience(driver, conn)?;
    for (table, ..) in &tables {
        conn.query_drop(format!("SELECT 1 FROM {} LIMIT 0", identifier(table)))
            .map_err(|error| locked_or(driver, error))?;
    }
    // A statement that waits for these locks would block the program too.
    conn.query_drop("COMMIT").map_err(query_error)?;
    let all = tables
        .iter()
        .all(|(_, transactional, _)| *transactional == Some(true));
    let history = tables.iter().any(|(.., history)| *history);
    let mut options = vec!["--lock-tables"];
    if all {
        options = vec!["--single-transaction"];
    }
    options.extend(history.then_some("--dump-history"));
    Ok(options)
}

/// Sets the lock timeout of this connection to the user's limit.
pub(super) fn set_patience(driver: &MysqlBackupDriver, conn: &mut Conn) -> Result<(), Error> {
    let seconds = driver.wait.as_secs().max(1);
    conn.query_drop(format!("SET SESSION lock_wait_timeout = {seconds}"))
        .map_err(query_error)
}

/// Returns the error of a statement that may have waited too long for a lock.
pub(super) fn locked_or(driver: &MysqlBackupDriver, error: mysql::Error) -> Error {
    if is(&error, LOCK_WAIT) {
        return Error::Locked {
            waited: driver.wait,
            holder: None,
        };
    }
    query_error(error)
}

/// Runs the server's program, and passes its output to `read`.
fn run(
    driver: &MysqlBackupDriver,
    program: &Program,
    parts: &[&str],
    read: impl FnOnce(&mut dyn BufRead) -> Result<(), Error>,
) -> Result<(), Error> {
    let family = family(program);
    let options = OptionFile::create(&driver.origin, family)?;
    let mut command = program.command();
    command
        .arg(options.argument())
        .args(parts)
        .args(["--quick", "--hex-blob", "--complete-insert"])
        .arg(format!(
            "--ignore-table={}.{}",
            driver.origin.database,
            restore_marker::TABLE
        ));
    if family == Family::MySql {
        command.args(["--no-tablespaces", "--set-gtid-purged=OFF"]);
    }
    command.args(["--", &driver.origin.database]);
    let (succeeded, stderr) = program.piped(&mut command, |output| {
        let mut output = BufReader::new(output);
        // If the output can't be read, `read` returns the error.
        let _ = output.fill_buf();
        // The program has read its options when it writes output.
        drop(options);
        read(&mut output)
    })?;
    if succeeded {
        Ok(())
    } else {
        Err(program.failed(stderr))
    }
}

/// Returns the product of a program. Only programs of the server's own product were chosen.
pub(super) fn family(program: &Program) -> Family {
    if program.package.ends_with("MariaDB") {
        Family::MariaDb
    } else {
        Family::MySql
    }
}

/// A file, with a hash of everything written to it.
struct Hashed {
    file: BufWriter<File>,
    hash: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.hash = hash::more(self.hash, &bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Reads a whole backup.
pub(super) fn inspect(file: &Path, table: &str) -> Result<DatabaseInfo, Error> {
    let size = match regular(file) {
        Ok(size) => size,
        Err(problem) => return Ok(DatabaseInfo::corrupt(0, problem)),
    };
    let read = File::open(file).and_then(|open| heads_of_backup(BufReader::new(open), table));
    Ok(match read {
        Ok(Ok(heads)) => DatabaseInfo::new(size, Some(heads)),
        Ok(Err(reason)) => DatabaseInfo::corrupt(size, Problem::new(reason, ANOTHER)),
        Err(error) => DatabaseInfo::corrupt(size, Problem::new(error.to_string(), ANOTHER)),
    })
}

/// Returns the heads in a backup, or the problem with it.
fn heads_of_backup(
    mut from: impl BufRead,
    table: &str,
) -> io::Result<Result<Vec<String>, &'static str>> {
    let mut line = Vec::new();
    // The limit avoids reading a whole file without line breaks.
    (&mut from)
        .take(BEGIN.len() as u64)
        .read_until(b'\n', &mut line)?;
    if line != BEGIN.as_bytes() {
        return Ok(Err(
            "it is not in the format of `backup create` for this database",
        ));
    }
    let rows = format!("INSERT INTO {} ", identifier(table));
    let (mut hash, mut inserts, mut in_rows) = (hash::fnv::<&[u8]>([]), String::new(), false);
    loop {
        hash = hash::more(hash, &line);
        line.clear();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(Err("it is incomplete"));
        }
        if let Some(end) = line.strip_prefix(END.as_bytes()) {
            let is_complete =
                end == format!("{hash:016x}\n").as_bytes() && from.fill_buf()?.is_empty();
            return Ok(if is_complete {
                Ok(heads_in(&inserts))
            } else {
                Err("it is damaged")
            });
        }
        in_rows |= line.starts_with(rows.as_bytes());
        if in_rows {
            inserts.push_str(&String::from_utf8_lossy(&line));
            in_rows = !line.ends_with(b";\n");
        }
    }
}

/// Returns the heads, from the INSERT statements of the version table.
fn heads_in(inserts: &str) -> Vec<String> {
    let mut columns = Vec::new();
    let mut rows = Vec::new();
    let mut list: Vec<&str> = Vec::new();
    for (start, end, token) in Tokens::new(inserts) {
        let text = &inserts[start..end];
        match token {
            Token::Sign(b'(') => list.clear(),
            // The first list of a statement contains the names of the columns.
            Token::Sign(b')') if text_of(&list, 0).starts_with('`') => columns = list.clone(),
            Token::Sign(b')') => rows.push(list.clone()),
            Token::Quoted | Token::Word => list.push(text),
            Token::Sign(_) | Token::Space => {}
        }
    }
    let at = |name: &str| columns.iter().position(|column| *column == name);
    let (Some(id), Some(down), Some(needs)) =
        (at("`revision`"), at("`down_revision`"), at("`depends_on`"))
    else {
        return Vec::new();
    };
    let value = |row: &[&str], at: usize| text_of(row, at).trim_matches('\'').to_owned();
    let rows: Vec<(String, [String; 2])> = rows
        .iter()
        .map(|row| (value(row, id), [value(row, down), value(row, needs)]))
        .collect();
    heads_of(&rows)
}

fn text_of<'r>(row: &[&'r str], at: usize) -> &'r str {
    row.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "INSERT INTO `migrate_revisions` (`revision`, `down_revision`, `depends_on`, `message`, `sequence`) VALUES\n\
                        ('a1','','','it\\'s (a) `b`; ''c''',1),\n('b2','a1','','',2),\n('c3','a1','b2',NULL,-3);\n";

    fn written(body: &str) -> String {
        let text = format!("{BEGIN}{body}");
        let hash = hash::more(hash::fnv::<&[u8]>([]), text.as_bytes());
        format!("{text}{END}{hash:016x}\n")
    }

    fn read(text: &[u8]) -> Result<Vec<String>, &'static str> {
        heads_of_backup(text, "migrate_revisions").unwrap()
    }

    #[test]
    fn heads_are_read_from_the_rows_of_a_dump() {
        let body = format!(
            "INSERT INTO `other` VALUES\n('INSERT INTO `migrate_revisions` ');\n{ROWS}-- more\n"
        );
        assert_eq!(read(written(&body).as_bytes()).unwrap(), ["c3"]);
        assert_eq!(
            read(written("SELECT 1;\n").as_bytes()).unwrap(),
            [] as [&str; 0]
        );
        let one_line = ROWS.replace('\n', "") + "\n";
        assert_eq!(read(written(&one_line).as_bytes()).unwrap(), ["c3"]);
    }

    #[test]
    fn an_incomplete_backup_is_reported() {
        let whole = written(ROWS);
        for length in 1..whole.len() {
            assert!(read(&whole.as_bytes()[..length]).is_err(), "{length}");
            let mut damaged = whole.clone().into_bytes();
            damaged[length] ^= 1;
            assert!(read(&damaged).is_err(), "{length}");
        }
        assert_eq!(read((whole + "more").as_bytes()), Err("it is damaged"));
        assert!(read(b"-- MariaDB dump 10.19\n").is_err());
    }

    #[test]
    fn no_input_makes_the_row_reader_panic() {
        for text in [
            "INSERT INTO `migrate_revisions` ",
            "(((",
            ")))",
            "(`revision`",
            "('",
            "(`a`) VALUES ()",
            "ä(€)",
        ] {
            assert_eq!(heads_in(text), [] as [&str; 0]);
        }
    }
}
