//! Revisions without files, for the tests of this crate and of those above it.

use crate::histories::History;
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
    migrations_in("migrate_revisions", revisions, &[])
}

/// Returns the migrations of these revisions, with this version table, which run after other histories.
#[must_use]
pub fn migrations_in<const N: usize>(
    version_table: &'static str,
    revisions: [Revision<Sqlite>; N],
    after: &'static [History<Sqlite>],
) -> &'static Migrations<Sqlite> {
    let options = Options {
        version_table,
        heads: Heads::One,
    };
    let part: &'static [Revision<Sqlite>] = Box::leak(Box::new(revisions));
    let mut migrations = Migrations::new(Box::leak(Box::new([part])), options);
    migrations.run_after(after);
    Box::leak(Box::new(migrations))
}
