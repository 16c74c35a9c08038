//! Chains of revisions, put together in a test.

use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::Migrations;
use migrate_runtime::v1::{Op, Postgres, Result};

type Code = fn(&mut Op<'_, Postgres>) -> Result<()>;

/// Returns a line of revisions, `r1` and so on, each with its `up` and `down`.
pub(crate) fn chain(revisions: &[(Code, Code)]) -> &'static Migrations<Postgres> {
    build(revisions, true)
}

/// The same, outside transactions.
pub(crate) fn bare_chain(revisions: &[(Code, Code)]) -> &'static Migrations<Postgres> {
    build(revisions, false)
}

fn build(revisions: &[(Code, Code)], transaction: bool) -> &'static Migrations<Postgres> {
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
