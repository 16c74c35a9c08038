//! The items that the macros use. They are not part of the public interface: only code that `migrations!` and
//! `revision!` generate may use them.

use std::panic::Location;
use std::path::Path;

use crate::backend::Backend;
use crate::op::Op;
use crate::v1;

/// One revision: its header, and its two functions.
pub struct Revision<B: Backend> {
    /// The header.
    pub header: Header,
    /// Upgrades the database from the previous revision to this one.
    pub up: fn(&mut Op<'_, B>) -> v1::Result<()>,
    /// Downgrades it.
    pub down: fn(&mut Op<'_, B>) -> v1::Result<()>,
}

/// A revision as `migrations!` generates it: its header packed into lines, `up` and `down`.
///
/// A tuple with so few parts compiles much faster than a [`Revision`], and there may be thousands of them.
pub type PackedRevision<B> = (&'static str, Function<B>, Function<B>);

/// The type of `up` and `down`.
pub type Function<B> = fn(&mut Op<'_, B>) -> v1::Result<()>;

/// A revision's header, as written.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The revision's id.
    pub id: &'static str,
    /// The revisions it follows.
    pub down_revisions: &'static [&'static str],
    /// The revisions that it depends on.
    pub depends_on: &'static [&'static str],
    /// The revisions that it replaces, oldest first.
    pub replaces: &'static [&'static str],
    /// The labels of the branch that starts here.
    pub branch_labels: &'static [&'static str],
    /// The time it was created.
    pub created: &'static str,
    /// Its description, in one line.
    pub message: &'static str,
    /// Whether it runs inside a transaction.
    pub transaction: bool,
    /// The hash of its tokens, with a version prefix. After it, separated by spaces, the hashes before the edits that
    /// are recorded in `frozen.lock`.
    pub checksum: &'static str,
    /// Its file.
    pub file: &'static str,
}

impl Header {
    /// Returns the hash of the revision's present tokens.
    pub(crate) fn own_checksum(&self) -> &'static str {
        self.checksum.split(' ').next().unwrap_or_default()
    }

    /// Returns the line of a place, if it is in the revision's own file.
    pub fn line_of(&self, location: &Location<'_>) -> Option<u32> {
        let (file, line) = (Path::new(location.file()), location.line());
        file.ends_with(self.file).then_some(line)
    }

    /// Parses a header from the lines that `migrations!` generates: id, `down_revision`s, `depends_on`s, the replaced
    /// revisions and branch labels separated by spaces, date, checksum, `transaction`, message, file.
    pub(crate) fn unpack(packed: &'static str) -> Header {
        let mut rest = packed;
        let mut line = || {
            // For a few short lines, a loop over the bytes takes a fifth of the time of a search.
            let end = rest.bytes().position(|byte| byte == b'\n');
            let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.get(1..).unwrap_or_default();
            line
        };
        let names = |line: &'static str| -> &'static [&'static str] {
            match line {
                "" => &[],
                // Leaked once for each static, which also lives as long as the process.
                names => names.split(' ').collect::<Vec<_>>().leak(),
            }
        };
        Header {
            id: line(),
            down_revisions: names(line()),
            depends_on: names(line()),
            replaces: names(line()),
            branch_labels: names(line()),
            created: line(),
            checksum: line(),
            transaction: line() == "true",
            message: line(),
            file: rest,
        }
    }
}

/// The options of `migrations!`.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The name of the version table.
    pub version_table: &'static str,
    /// The allowed number of heads.
    pub heads: Heads,
}

/// The allowed number of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heads {
    /// One: `migrations!` rejects more.
    One,
    /// Any number: `heads = many`.
    Many,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_from_its_lines() {
        let header = Header::unpack(
            "c3\na1 b2\n\nb1 b2\nusers money\n2026-11-23T09:15:00Z\nv1:00\nfalse\nSay \"hi\".\nsrc/a\nb.rs",
        );
        assert_eq!(header.id, "c3");
        assert_eq!(header.down_revisions, ["a1", "b2"]);
        assert_eq!(header.depends_on, [] as [&str; 0]);
        assert_eq!(header.replaces, ["b1", "b2"]);
        assert_eq!(header.branch_labels, ["users", "money"]);
        assert_eq!(header.created, "2026-11-23T09:15:00Z");
        assert_eq!(header.checksum, "v1:00");
        assert!(!header.transaction);
        assert_eq!(header.message, "Say \"hi\".");
        assert_eq!(header.file, "src/a\nb.rs");
    }
}
