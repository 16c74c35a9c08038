//! A backup into a database, by the server's client.
//!
//! The client's first statement takes a lock of its own, and nothing is written to it before it has answered. A client that
//! outlives a process that was killed holds that lock until it has ended, and the next restore waits for it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};

use crate::backup::{Program, WithFile as _};
use crate::error::Error;

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
}

/// Loads a backup into the database of `origin`.
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
) -> Result<(), Error> {
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
        (true, _) if written.is_ok() => Ok(()),
        (_, said) if said.contains("ERROR 1205 ") => Err(Error::Locked {
            waited: copier.wait,
            holder: None,
        }),
        // Before it stands the statement, with the values of rows.
        (_, said) => Err(program.failed(said.rfind("ERROR ").map_or("", |at| &said[at..]))),
    }
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
    loop {
        line.clear();
        let read = file.read_until(b'\n', &mut line).with_file("read", from);
        if read.map_err(Unwritten::Source)? == 0 || line == EVENTS.as_bytes() {
            return Ok(());
        }
        if !line.starts_with(b"ALTER DATABASE ") {
            to.write_all(&line).map_err(lost)?;
        }
    }
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
