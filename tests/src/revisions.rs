//! Chains of revisions, put together in a test.

use migrate_runtime::__private::{Header, Heads, Options, Revision};
use migrate_runtime::Migrations;
use migrate_runtime::v1::{Backend, Op, Result};

/// The code of a revision.
pub type Code<B> = fn(&mut Op<'_, B>) -> Result<()>;

/// Returns a line of revisions, `r1` and so on, each with its `up` and `down`.
pub fn linear_history<B: Backend>(revisions: &[(Code<B>, Code<B>)]) -> &'static Migrations<B> {
    history_of(revisions, true)
}

/// The same, outside transactions.
pub fn non_transactional_history<B: Backend>(
    revisions: &[(Code<B>, Code<B>)],
) -> &'static Migrations<B> {
    history_of(revisions, false)
}

/// The same, in transactions or outside of them.
pub fn history_of<B: Backend>(
    revisions: &[(Code<B>, Code<B>)],
    transaction: bool,
) -> &'static Migrations<B> {
    migrations(linear(revisions, transaction))
}

/// The same as [`linear_history`], with a version table of this name.
pub fn linear_history_in<B: Backend>(
    version_table: &'static str,
    revisions: &[(Code<B>, Code<B>)],
) -> &'static Migrations<B> {
    kept_in(version_table, linear(revisions, true))
}

/// The same as [`linear_history`], over several schemas.
pub fn linear_history_over<B: Backend>(
    schemas: &'static [&'static str],
    revisions: &[(Code<B>, Code<B>)],
) -> &'static Migrations<B> {
    let migrations = put_together("migrate_revisions", linear(revisions, true));
    Box::leak(Box::new(migrations.over_schemas(schemas)))
}

/// The same as [`linear_history_in`], for a test that sets more.
pub fn unshared_history<B: Backend>(
    version_table: &'static str,
    revisions: &[(Code<B>, Code<B>)],
) -> Migrations<B> {
    put_together(version_table, linear(revisions, true))
}

fn linear<B: Backend>(revisions: &[(Code<B>, Code<B>)], transaction: bool) -> Vec<Revision<B>> {
    let id = |number: usize| -> &'static str { format!("r{number}").leak() };
    let mut all = Vec::new();
    for (at, &(up, down)) in revisions.iter().enumerate() {
        let parents: Vec<&'static str> = if at == 0 { Vec::new() } else { vec![id(at)] };
        let mut revision = revision(id(at + 1), parents.leak(), up, down);
        revision.header.transaction = transaction;
        all.push(revision);
    }
    all
}

/// Returns a line of revisions and a `squash`, which replaces those from the `from`-th on.
pub fn squashed<B: Backend>(
    revisions: &[(Code<B>, Code<B>)],
    from: usize,
    by: (Code<B>, Code<B>),
) -> &'static Migrations<B> {
    let mut all = linear(revisions, true);
    let follows = all[from - 1].header.down_revisions;
    let replaces: Vec<&'static str> = all[from - 1..].iter().map(|one| one.header.id).collect();
    let mut squash = revision("squash", follows, by.0, by.1);
    squash.header.replaces = replaces.leak();
    all.push(squash);
    migrations(all)
}

/// Returns a `root`, the branches `one` and `other` that follow it, and their `merge`, which does nothing.
pub fn branches<B: Backend>(root: Code<B>, one: Code<B>, other: Code<B>) -> &'static Migrations<B> {
    let nothing: Code<B> = |_| Ok(());
    migrations(vec![
        revision("root", &[], root, nothing),
        revision("one", &["root"], one, nothing),
        revision("other", &["root"], other, nothing),
        revision("merge", &["one", "other"], nothing, nothing),
    ])
}

/// Returns a revision.
pub fn revision<B: Backend>(
    id: &'static str,
    down_revisions: &'static [&'static str],
    up: Code<B>,
    down: Code<B>,
) -> Revision<B> {
    let header = Header {
        id,
        down_revisions,
        depends_on: &[],
        replaces: &[],
        branch_labels: &[],
        created: "2026-01-01T00:00:00Z",
        message: "A step.",
        transaction: true,
        checksum: "v1:00",
        file: "src/migrations/step.rs",
    };
    Revision { header, up, down }
}

/// Returns the migrations of these revisions.
pub fn migrations<B: Backend>(revisions: Vec<Revision<B>>) -> &'static Migrations<B> {
    kept_in("migrate_revisions", revisions)
}

fn kept_in<B: Backend>(
    version_table: &'static str,
    revisions: Vec<Revision<B>>,
) -> &'static Migrations<B> {
    Box::leak(Box::new(put_together(version_table, revisions)))
}

fn put_together<B: Backend>(
    version_table: &'static str,
    revisions: Vec<Revision<B>>,
) -> Migrations<B> {
    let options = Options {
        version_table,
        heads: Heads::One,
    };
    Migrations::new(vec![&*revisions.leak()].leak(), options)
}
