//! Holds back the COMMIT at the end of the output of `pg_restore --single-transaction`, so that ours is the only one.

use std::io::{self, Write};

/// The last statement of a script. Only comments and client commands follow it.
const COMMIT: &[u8] = b"\nCOMMIT;\n";

/// The number of bytes at the end that are held back: the COMMIT, and the comments and client commands after it.
const HELD: usize = 1024;

/// A writer that passes on all but the end of its input.
pub(super) struct UpToCommit<W> {
    target: W,
    held: Vec<u8>,
}

impl<W: Write> UpToCommit<W> {
    pub(super) fn new(target: W) -> UpToCommit<W> {
        UpToCommit {
            target,
            held: Vec::new(),
        }
    }

    /// Writes the held bytes, without the last COMMIT.
    pub(super) fn end(mut self) -> io::Result<()> {
        let last = self.held.windows(COMMIT.len()).rposition(|it| it == COMMIT);
        if let Some(at) = last {
            self.held.drain(at + 1..at + COMMIT.len());
        }
        self.target.write_all(&self.held)
    }
}

impl<W: Write> Write for UpToCommit<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if let Some(ready) = self.held.len().checked_sub(HELD).filter(|ready| *ready > 0) {
            self.target.write_all(&self.held[..ready])?;
            self.held.drain(..ready);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(script: &str, step: usize) -> String {
        let mut out = Vec::new();
        let mut writer = UpToCommit::new(&mut out);
        for part in script.as_bytes().chunks(step) {
            writer.write_all(part).unwrap();
        }
        writer.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_the_last_commit_is_left_out() {
        let rows = "COMMIT;\n".repeat(500);
        let script = format!(
            "BEGIN;\nCOPY t FROM stdin;\n{rows}\\.\n\nCOMMIT;\n\n--\n-- complete\n--\n\n\\unrestrict x\n"
        );
        let expected = format!(
            "BEGIN;\nCOPY t FROM stdin;\n{rows}\\.\n\n\n--\n-- complete\n--\n\n\\unrestrict x\n"
        );
        for step in [1, 7, 1024, 100_000] {
            assert_eq!(through(&script, step), expected, "{step}");
        }
        assert_eq!(through("", 1), "");
        assert_eq!(through("BEGIN;\n", 3), "BEGIN;\n");
    }
}
