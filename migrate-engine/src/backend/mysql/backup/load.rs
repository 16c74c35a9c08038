//! Loads a backup into a database, with the server's client program.
//!
//! The client's first statement takes a separate lock, and nothing else is written to the client before that
//! statement returns. If this process is killed, the client holds the lock until it ends, and the next restore waits
//! for it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::thread;

use crate::backup_driver::{Program, WithFile as _};
use crate::error::Error;

use super::super::natives::{PRESERVES_AND_RUNS, PRESERVES_AND_STANDS};
use super::super::url::Origin;
use super::MysqlBackupDriver;
use super::dump::{EVENTS, family};
use super::options::OptionFile;

/// The part of a backup to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Everything except statements that affect more than the scratch database: events, and options of the database
    /// itself.
    Trial,
    /// Like `Trial`, but with the events, in disabled form: revisions may drop or change them.
    Copy,
}

/// Loads a backup into the database of `origin`, and returns the server's warnings about values that it did not store
/// as they are written.
///
/// # Errors
///
/// Returns [`Error::Backup`] with the output of the client, and [`Error::Locked`] after the waiting time. In both
/// cases a part may be loaded.
pub(super) fn load(
    driver: &MysqlBackupDriver,
    program: &Program,
    origin: &Origin,
    from: &Path,
    extent: Extent,
) -> Result<Vec<String>, Error> {
    let options = OptionFile::create(origin, family(program))?;
    let mut command = program.command();
    command
        .arg(options.argument())
        // The client must not execute any text of a backup as one of its own commands.
        .args([
            "--binary-mode",
            "--batch",
            "--skip-column-names",
            "--unbuffered",
            "--skip-reconnect",
            "--show-warnings",
        ])
        .arg(format!("--database={}", origin.database))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut running = program.start(&mut command)?;
    let (Some(mut input), Some(output)) = (running.child.stdin.take(), running.child.stdout.take())
    else {
        return Err(Error::Bug("a program has no streams".to_owned()));
    };
    let mut answers = BufReader::new(output);
    let lock = super::super::lock::Lock::of_load(&origin.database);
    let mut answer = String::new();
    let requested = writeln!(input, "SELECT GET_LOCK('{}', 0);", lock.name())
        .and_then(|()| answers.read_line(&mut answer));
    // The client has read its options when its first statement returns.
    drop(options);
    let changed = thread::spawn(move || changed(answers));
    let written = match requested {
        Ok(_) if answer.trim() == "1" => script(driver, &mut input, from, extent),
        // The client prints the reason before it ends.
        _ => Err(Unwritten::Target),
    };
    if let Err(Unwritten::Source(error)) = written {
        running.cut_off();
        return Err(error);
    }
    drop(input);
    match running.ended() {
        (true, _) if written.is_ok() => Ok(changed.join().unwrap_or_default()),
        (_, stderr) if stderr.contains("ERROR 1205 ") => Err(Error::Locked {
            waited: driver.wait,
            holder: None,
        }),
        // The text before it contains the statement, with values of rows.
        (_, stderr) => Err(program.failed(stderr.rfind("ERROR ").map_or("", |at| &stderr[at..]))),
    }
}

/// The codes of warnings about values that a column did not store unchanged: out of range, truncated, not a value of
/// the ENUM, not valid in the column's character set, too long.
const CHANGED: [&str; 5] = ["1264", "1265", "1292", "1366", "1406"];

/// Reads the whole output of the client, and returns the first of these warnings.
fn changed(output: impl BufRead) -> Vec<String> {
    let lines = output.split(b'\n').map_while(Result::ok);
    let mut found = Vec::new();
    for line in lines {
        let line = String::from_utf8_lossy(&line);
        let warning = line.strip_prefix("Warning (Code ");
        let warning = warning.and_then(|warning| warning.split_once("): "));
        if let Some((code, message)) = warning
            && CHANGED.contains(&code)
            && found.len() < 3
        {
            found.push(message.to_owned());
        }
    }
    found
}

/// The reason why a script is incomplete.
enum Unwritten {
    /// Its source can't be read.
    Source(Error),
    /// The program that reads it has ended; its output has the reason.
    Target,
}

fn script(
    driver: &MysqlBackupDriver,
    to: &mut ChildStdin,
    from: &Path,
    extent: Extent,
) -> Result<(), Unwritten> {
    let lost = |_: io::Error| Unwritten::Target;
    let seconds = driver.wait.as_secs().max(1);
    writeln!(
        to,
        "SET SESSION lock_wait_timeout = {seconds}, foreign_key_checks = 0;"
    )
    .map_err(lost)?;
    let mut file = BufReader::new(
        File::open(from)
            .with_file("read", from)
            .map_err(Unwritten::Source)?,
    );
    if extent == Extent::Whole {
        return copied(&mut file, to, from);
    }
    let mut line = Vec::new();
    let mut events = false;
    loop {
        line.clear();
        let read = file.read_until(b'\n', &mut line).with_file("read", from);
        if read.map_err(Unwritten::Source)? == 0 {
            return Ok(());
        }
        events |= line == EVENTS.as_bytes();
        if events && extent == Extent::Trial {
            return Ok(());
        }
        if events && let Some(still) = disabled_event(&line) {
            line = still;
        }
        if !line.starts_with(b"ALTER DATABASE ") {
            to.write_all(&line).map_err(lost)?;
        }
    }
}

/// Returns the first line of a statement that creates an enabled event, changed so that the event is disabled.
fn disabled_event(line: &[u8]) -> Option<Vec<u8>> {
    if !line.starts_with(b"/*!50106 CREATE*/") {
        return None;
    }
    let running = PRESERVES_AND_RUNS.as_bytes();
    let at = line
        .windows(running.len())
        .position(|part| part == running)?;
    let disabled = PRESERVES_AND_STANDS.as_bytes();
    Some([&line[..at], disabled, &line[at + running.len()..]].concat())
}

fn copied(file: &mut BufReader<File>, to: &mut ChildStdin, from: &Path) -> Result<(), Unwritten> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut bytes).with_file("read", from);
        match read.map_err(Unwritten::Source)? {
            0 => return Ok(()),
            length => to
                .write_all(&bytes[..length])
                .map_err(|_| Unwritten::Target)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{changed, disabled_event};

    #[test]
    fn a_value_that_a_column_rejected_is_reported() {
        let output = "Note (Code 1051): Unknown table 'a'\n\
                    Warning (Code 1265): Data truncated for column 'e' at row 1\n\
                    Warning (Code 1906): The value specified for generated column 'g' has been ignored\n";
        assert_eq!(
            changed(output.as_bytes()),
            ["Data truncated for column 'e' at row 1"]
        );
    }

    #[test]
    fn an_event_is_disabled_in_a_copy_and_keeps_its_definition() {
        let head = "/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`%`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY";
        let rest = "COMMENT 'ENABLE' DO SELECT ' PRESERVE ENABLE' */ ;;\n";
        let line = |state: &str| format!("{head} ON COMPLETION NOT PRESERVE {state} {rest}");
        assert_eq!(
            disabled_event(line("ENABLE").as_bytes()),
            Some(line("DISABLE").into_bytes())
        );
        for other in ["SELECT ' PRESERVE ENABLE';\n", "/*!50003 SET x */ ;;\n"] {
            assert_eq!(disabled_event(other.as_bytes()), None);
        }
    }
}
