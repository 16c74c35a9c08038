//! Revisions without files, for the tests of this crate and of those above it.

use crate::macro_support::{Header, Heads, Options, Revision};
use crate::migrations::Migrations;
use crate::v1::*;

/// The type of `up` and `down`.
pub type Code = fn(&mut Op<'_, Sqlite>) -> Result<()>;

/// Returns a revision with these functions.
#[must_use]
pub fn revision(
    id: &'static str,
    follows: &'static [&'static str],
    up: Code,
    down: Code,
) -> Revision<Sqlite> {
    let header = Header {
        id,
        down_revisions: follows,
        depends_on: &[],
        replaces: &[],
        branch_labels: &[],
        created: "2026-01-01T00:00:00Z",
        message: "Does something.",
        transaction: true,
        checksum: "v1:00",
        file: "src/migrations/m.rs",
    };
    Revision { header, up, down }
}

/// Returns the migrations of these revisions.
#[must_use]
pub fn migrations_of<const N: usize>(
    revisions: [Revision<Sqlite>; N],
) -> &'static Migrations<Sqlite> {
    let options = Options {
        version_table: "migrate_revisions",
        heads: Heads::One,
    };
    let part: &'static [Revision<Sqlite>] = Box::leak(Box::new(revisions));
    Box::leak(Box::new(Migrations::new(
        Box::leak(Box::new([part])),
        options,
    )))
}
