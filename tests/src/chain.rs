//! Chains of revisions, put together in a test.

use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::Migrations;
use migrate_runtime::v1::{Backend, Op, Result};

/// The code of a revision.
pub type Code<B> = fn(&mut Op<'_, B>) -> Result<()>;

/// Returns a line of revisions, `r1` and so on, each with its `up` and `down`.
pub fn chain<B: Backend>(revisions: &[(Code<B>, Code<B>)]) -> &'static Migrations<B> {
    chain_of(revisions, true)
}

/// The same, outside transactions.
pub fn bare_chain<B: Backend>(revisions: &[(Code<B>, Code<B>)]) -> &'static Migrations<B> {
    chain_of(revisions, false)
}

/// The same, in transactions or outside of them.
pub fn chain_of<B: Backend>(
    revisions: &[(Code<B>, Code<B>)],
    transaction: bool,
) -> &'static Migrations<B> {
    let id = |number: usize| -> &'static str { format!("r{number}").leak() };
    let mut all = Vec::new();
    for (at, (up, down)) in revisions.iter().enumerate() {
        let parents: Vec<&'static str> = if at == 0 { Vec::new() } else { vec![id(at)] };
        let header = Header {
            id: id(at + 1),
            down_revisions: parents.leak(),
            depends_on: &[],
            branch_labels: &[],
            created: "2026-01-01T00:00:00Z",
            message: "A step.",
            transaction,
            checksum: "v1:00",
            file: "src/migrations/step.rs",
        };
        all.push(Revision {
            header,
            up: *up,
            down: *down,
        });
    }
    let options = Options {
        version_table: "migrate_revisions",
        heads: Heads::One,
    };
    Box::leak(Box::new(Migrations::new(
        vec![&*all.leak()].leak(),
        options,
    )))
}
