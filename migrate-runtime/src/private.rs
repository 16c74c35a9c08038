//! What the macros expand to. Not part of the public interface: only code that `migrations!` and `revision!` wrote names
//! these.

use std::panic::Location;
use std::path::Path;

use crate::backend::Backend;
use crate::error::DatabaseError;
use crate::handle::Op;
use crate::schema::Schema;
use crate::v1;
use crate::words::{self, Sides};

/// One revision: what its header says, and its two functions.
pub struct Revision<B: Backend> {
    /// What the header says.
    pub header: Header,
    /// Brings the database from the revision before to this one.
    pub up: fn(&mut Op<'_, B>) -> v1::Result<()>,
    /// Brings it back.
    pub down: fn(&mut Op<'_, B>) -> v1::Result<()>,
}

/// A revision as `migrations!` writes it: its header packed into lines, `up` and `down`.
///
/// A tuple of so few parts costs the compiler a fraction of a [`Revision`], and there are thousands of them.
pub type Written<B> = (&'static str, Function<B>, Function<B>);

/// What `up` and `down` are.
pub type Function<B> = fn(&mut Op<'_, B>) -> v1::Result<()>;

/// Returns a line for each object that two schemas hold differently, as every command tells it. For tests of backends.
#[must_use]
pub fn differences<B: Backend>(from: &Schema, to: &Schema) -> Vec<String> {
    let sides = Sides {
        from: "the first",
        to: "the second",
    };
    words::difference::<B>(from, to, sides)
}

/// Returns the schema as it is inside an open transaction. For tests of backends.
///
/// # Errors
///
/// What the database says.
pub fn inspected<B: Backend>(op: &mut Op<'_, B>) -> Result<Schema, DatabaseError> {
    B::inspect(&mut op.session, None)
}

#[cfg(feature = "postgres")]
pub use crate::backend::postgres_catalogues;

/// A revision's header, as written.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The revision's id.
    pub id: &'static str,
    /// The revisions it follows.
    pub down_revisions: &'static [&'static str],
    /// The revisions that it needs besides.
    pub depends_on: &'static [&'static str],
    /// The revisions that it stands for, oldest first.
    pub replaces: &'static [&'static str],
    /// The names of the branch that starts here.
    pub branch_labels: &'static [&'static str],
    /// When it was written.
    pub created: &'static str,
    /// What it does, in a line.
    pub message: &'static str,
    /// Whether it runs inside a transaction.
    pub transaction: bool,
    /// The hash of its tokens, with a version prefix; after it, separated by spaces, those it had before edits that
    /// `frozen.lock` knows of.
    pub checksum: &'static str,
    /// Its file.
    pub file: &'static str,
}

impl Header {
    /// Returns the hash of the revision's tokens as they are now.
    pub(crate) fn own_checksum(&self) -> &'static str {
        self.checksum.split(' ').next().unwrap_or_default()
    }

    /// Returns the line of a place, if that is in the revision's own file.
    pub(crate) fn line_of(&self, place: &Location<'_>) -> Option<u32> {
        let (file, line) = (Path::new(place.file()), place.line());
        file.ends_with(self.file).then_some(line)
    }

    /// Reads a header from the lines that `migrations!` writes: id, `down_revision`s, `depends_on`s, what it replaces and
    /// branch labels separated by spaces, date, checksum, `transaction`, message, file.
    pub(crate) fn unpack(packed: &'static str) -> Header {
        let mut rest = packed;
        let mut line = || {
            // A loop over the bytes of a few short lines takes a fifth of the time of a search.
            let end = rest.bytes().position(|byte| byte == b'\n');
            let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.get(1..).unwrap_or_default();
            line
        };
        let names = |line: &'static str| -> &'static [&'static str] {
            match line {
                "" => &[],
                // Written once for each static, which is there for ever too.
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

/// What `migrations!` was told.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The name of the version table.
    pub version_table: &'static str,
    /// How many heads the graph may have.
    pub heads: Heads,
}

/// How many heads a graph may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heads {
    /// One: `migrations!` refuses more.
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
