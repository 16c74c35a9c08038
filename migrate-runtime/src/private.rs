//! What the macros expand to. Not part of the public interface: only code that `migrations!` and `revision!` wrote names
//! these.

use crate::backend::Backend;
use crate::handle::Op;
use crate::v1;

/// One revision: what its header says, and its two functions.
pub struct Revision<B: Backend> {
    /// What the header says.
    pub header: Header,
    /// Brings the database from the revision before to this one.
    pub up: fn(&mut Op<'_, B>) -> v1::Result<()>,
    /// Brings it back.
    pub down: fn(&mut Op<'_, B>) -> v1::Result<()>,
}

/// A revision's header, as written.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// The revision's id.
    pub id: &'static str,
    /// The revisions it follows.
    pub down_revisions: &'static [&'static str],
    /// The revisions that it needs besides.
    pub depends_on: &'static [&'static str],
    /// The names of the branch that starts here.
    pub branch_labels: &'static [&'static str],
    /// When it was written.
    pub created: &'static str,
    /// What it does, in a line.
    pub message: &'static str,
    /// Whether it runs inside a transaction.
    pub transaction: bool,
    /// The hash of its tokens, with a version prefix.
    pub checksum: &'static str,
    /// Its file.
    pub file: &'static str,
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
