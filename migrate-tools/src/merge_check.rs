//! Runs branches in both orders, each on a scratch database, to check what a merge takes for granted.
//!
//! Takes the revisions and the heads to merge. For each pair of branches, finds out whether both orders end in the same
//! schema, and if not, which operations conflict. Rows are not compared, because the scratch databases have none.

mod blame;
mod branch;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::RevisionId;

use crate::autogenerate::whole;
use crate::describe::{self, SchemaLabels};
use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, Failure};
use migrate_engine::migrations::Migrations;
use migrate_schema::diff::Hints;
use migrate_schema::schema::Schema;

use blame::{Act, sides};
use branch::{Branch, End};

/// The result of checking both orders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MergeCheck {
    /// The orders that were checked: the first head, and the second one.
    pub checked_orders: Vec<[String; 2]>,
    /// The pairs of branches whose order matters.
    pub conflicts: Vec<Conflict>,
    /// Differences that are not conflicts, one line each: a different order of columns.
    pub notes: Vec<String>,
}

/// Two branches whose order changes the result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The two heads.
    pub heads: [String; 2],
    /// The differences, one line each: an order that fails, or what only one of the orders leaves.
    pub problems: Vec<String>,
    /// The conflicting operations.
    pub sides: Vec<ConflictSide>,
}

/// An operation of one branch that conflicts with an operation of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConflictSide {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// The line of the call, if it is known.
    pub line: Option<u32>,
    /// The operation, as text.
    pub operation: String,
}

/// Runs each pair of branches in both orders: the revisions that only one branch has, then those of the other.
///
/// More than two branches are checked in pairs, because a third branch can hide a conflict between two others.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available; [`Error::OnScratchDatabase`] if a branch does not
/// run by itself.
pub fn check_both_orders<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    heads: &[RevisionId],
) -> Result<MergeCheck, Error> {
    let mut check = MergeCheck::default();
    for (at, one) in heads.iter().enumerate() {
        for other in &heads[at + 1..] {
            pair(migrations, scratch_server, [one, other], &mut check)?;
        }
    }
    Ok(check)
}

fn pair<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    [one, other]: [&RevisionId; 2],
    check: &mut MergeCheck,
) -> Result<(), Error> {
    let (first, forth) = Branch::first(migrations, scratch_server, one, other)?;
    let (second, back) = Branch::first(migrations, scratch_server, other, one)?;
    let named = |first: &RevisionId, then: &RevisionId| [first.to_string(), then.to_string()];
    check
        .checked_orders
        .extend([named(one, other), named(other, one)]);
    let mut conflict = Conflict {
        heads: named(one, other),
        problems: Vec::new(),
        sides: Vec::new(),
    };
    for (end, [before, after]) in [(&forth, [&first, &second]), (&back, [&second, &first])] {
        if let End::Failed(failure) = end {
            conflict.add_failure(failure, before, after);
        }
    }
    if let (End::Built(forth), End::Built(back)) = (forth, back) {
        let (forth, back) = (B::exact(*forth), B::exact(*back));
        conflict.add_differences::<B>([&forth, &back], [&first, &second]);
        check
            .notes
            .extend(column_order_notes(&forth, &back, &conflict.heads));
    }
    if !conflict.problems.is_empty() {
        check.conflicts.push(conflict);
    }
    Ok(())
}

impl Conflict {
    /// Adds an order that fails in its second branch.
    fn add_failure(&mut self, failure: &Failure, before: &Branch, after: &Branch) {
        self.problems.push(format!(
            "`{}` then `{}` fails: {}",
            before.head, after.head, failure.cause
        ));
        let act = after.act_of(failure);
        let against = before.against(&act, failure);
        self.add([against, Some(act)]);
    }

    /// Adds the differences between the results of both orders.
    fn add_differences<B: Backend>(&mut self, [forth, back]: [&Schema; 2], branches: [&Branch; 2]) {
        let difference = whole::<B>(forth, back, &Hints::default());
        let [one, other] = &self.heads;
        let (from, to) = (
            format!("`{one}` then `{other}`"),
            format!("`{other}` then `{one}`"),
        );
        let words = SchemaLabels {
            from: &from,
            to: &to,
        };
        self.problems
            .extend(describe::describe_operations::<B>(&difference, words));
        for operation in &difference.operations {
            self.add(branches.map(|branch| branch.nearest(operation)));
        }
    }

    fn add(&mut self, acts: [Option<Act>; 2]) {
        for side in sides(acts) {
            if !self.sides.contains(&side) {
                self.sides.push(side);
            }
        }
    }
}

/// Reports tables whose columns differ in order only: queries that name their columns are not affected.
fn column_order_notes<'a>(
    forth: &'a Schema,
    back: &'a Schema,
    [one, other]: &'a [String; 2],
) -> impl Iterator<Item = String> + 'a {
    forth.moved_columns(back).map(move |(table, [here, there])| {
        format!(
            "the columns of `{table}` are in the order {} with `{one}` first, {} with `{other}` first",
            here.join(", "),
            there.join(", ")
        )
    })
}
