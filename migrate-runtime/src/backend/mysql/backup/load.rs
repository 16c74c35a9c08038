//! A backup into a database, by the server's client.
//!
//! The client's first statement takes a lock of its own, and nothing is written to it before it has answered. A client that
//! outlives a process that was killed holds that lock until it has ended, and the next restore waits for it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::thread;

use crate::backup::{Program, WithFile as _};
use crate::error::Error;

use super::super::natives::{PRESERVES_AND_RUNS, PRESERVES_AND_STANDS};
use super::super::url::Origin;
use super::MysqlCopier;
use super::dump::{EVENTS, family};
use super::options::OptionFile;

/// How much of a backup is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Without what would act beyond the database that it is tried in: events, and words about the database itself.
    Trial,
    /// As a trial, but with the events, which stand still: revisions may drop or change them.
    Copy,
}

/// Loads a backup into the database of `origin`, and returns what the server says of values that it did not keep as they
/// are written.
///
/// # Errors
///
/// [`Error::Backup`] with what the client says, [`Error::Locked`] if the time is up; a part may be loaded then.
pub(super) fn load(
    copier: &MysqlCopier,
    program: &Program,
    origin: &Origin,
    from: &Path,
    extent: Extent,
) -> Result<Vec<String>, Error> {
    let options = OptionFile::create(origin, family(program))?;
    let mut command = program.command();
    command
        .arg(options.argument())
        // A backup is no script of anybody's: no word of it is a command of the client.
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
    let asked = writeln!(input, "SELECT GET_LOCK('{}', 0);", lock.name())
        .and_then(|()| answers.read_line(&mut answer));
    // It answers, so it has read its options.
    drop(options);
    let changed = thread::spawn(move || changed(answers));
    let written = match asked {
        Ok(_) if answer.trim() == "1" => script(copier, &mut input, from, extent),
        // It says why when it ends.
        _ => Err(Unwritten::Target),
    };
    if let Err(Unwritten::Source(error)) = written {
        running.cut_off();
        return Err(error);
    }
    drop(input);
    match running.ended() {
        (true, _) if written.is_ok() => Ok(changed.join().unwrap_or_default()),
        (_, said) if said.contains("ERROR 1205 ") => Err(Error::Locked {
            waited: copier.wait,
            holder: None,
        }),
        // Before it stands the statement, with the values of rows.
        (_, said) => Err(program.failed(said.rfind("ERROR ").map_or("", |at| &said[at..]))),
    }
}

/// What a warning of the server says of a value that a column did not take as it is: out of range, cut off, no word of an
/// ENUM, no text in the column's character set, too long.
const CHANGED: [&str; 5] = ["1264", "1265", "1292", "1366", "1406"];

/// Reads what the client says to its end, and returns the first of such warnings.
fn changed(said: impl BufRead) -> Vec<String> {
    let lines = said.split(b'\n').map_while(Result::ok);
    let mut found = Vec::new();
    for line in lines {
        let line = String::from_utf8_lossy(&line);
        let warning = line.strip_prefix("Warning (Code ");
        let warning = warning.and_then(|warning| warning.split_once("): "));
        if let Some((code, words)) = warning
            && CHANGED.contains(&code)
            && found.len() < 3
        {
            found.push(words.to_owned());
        }
    }
    found
}

/// Why a script was not written to its end.
enum Unwritten {
    /// What it is made of can't be read.
    Source(Error),
    /// The program that it is for has gone, and says why.
    Target,
}

fn script(
    copier: &MysqlCopier,
    to: &mut ChildStdin,
    from: &Path,
    extent: Extent,
) -> Result<(), Unwritten> {
    let lost = |_: io::Error| Unwritten::Target;
    let seconds = copier.wait.as_secs().max(1);
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
        if events && let Some(still) = standing_still(&line) {
            line = still;
        }
        if !line.starts_with(b"ALTER DATABASE ") {
            to.write_all(&line).map_err(lost)?;
        }
    }
}

/// Returns the first line of a statement that makes a running event, so that the event stands still.
fn standing_still(line: &[u8]) -> Option<Vec<u8>> {
    if !line.starts_with(b"/*!50106 CREATE*/") {
        return None;
    }
    let running = PRESERVES_AND_RUNS.as_bytes();
    let at = line
        .windows(running.len())
        .position(|part| part == running)?;
    let still = PRESERVES_AND_STANDS.as_bytes();
    Some([&line[..at], still, &line[at + running.len()..]].concat())
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
    use super::{changed, standing_still};

    #[test]
    fn a_value_that_a_column_did_not_take_is_heard() {
        let said = "Note (Code 1051): Unknown table 'a'\n\
                    Warning (Code 1265): Data truncated for column 'e' at row 1\n\
                    Warning (Code 1906): The value specified for generated column 'g' has been ignored\n";
        assert_eq!(
            changed(said.as_bytes()),
            ["Data truncated for column 'e' at row 1"]
        );
    }

    #[test]
    fn an_event_stands_still_in_a_copy_and_keeps_its_words() {
        let head = "/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`%`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY";
        let rest = "COMMENT 'ENABLE' DO SELECT ' PRESERVE ENABLE' */ ;;\n";
        let line = |state: &str| format!("{head} ON COMPLETION NOT PRESERVE {state} {rest}");
        assert_eq!(
            standing_still(line("ENABLE").as_bytes()),
            Some(line("DISABLE").into_bytes())
        );
        for other in ["SELECT ' PRESERVE ENABLE';\n", "/*!50003 SET x */ ;;\n"] {
            assert_eq!(standing_still(other.as_bytes()), None);
        }
    }
}
