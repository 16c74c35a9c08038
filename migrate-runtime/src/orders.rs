//! Branches in both orders, each on an empty database: what whoever joins them takes for granted.
//!
//! Comes in: the revisions, and the heads that are to be joined. Goes out: for each pair of branches whether a database that
//! has the one first ends as one that has the other first, and if not, the operations that stand against each other.
//! Rows are not compared: revisions that meet no rows have none to move.

mod blame;
mod branch;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::RevisionId;

use crate::autogenerate::whole;
use crate::backend::Backend;
use crate::diff::Hints;
use crate::error::{Error, Failure};
use crate::migrations::Migrations;
use crate::schema::Schema;
use crate::words::{self, Sides};

use blame::{Act, sides};
use branch::{Branch, End};

/// What came of trying.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tried {
    /// The orders that were tried: the head that came first, and the one that came after it.
    pub orders: Vec<[String; 2]>,
    /// The pairs of branches whose order matters.
    pub clashes: Vec<Clash>,
    /// What is different and no clash, a line each: columns in another order.
    pub notes: Vec<String>,
}

/// Two branches whose order decides what becomes of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Clash {
    /// The heads of the two.
    pub heads: [String; 2],
    /// What happens, a line each: an order that fails, or what the one order leaves and the other does not.
    pub problems: Vec<String>,
    /// The operations that stand against each other.
    pub sides: Vec<Side>,
}

/// An operation of one branch that stands against one of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Side {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// The line there that asks for it, where that is known.
    pub line: Option<u32>,
    /// The operation, in words.
    pub operation: String,
}

/// Tries each pair of branches in both orders: the revisions of the one that the other has not, then those of the other.
///
/// More than two branches are tried two at a time, because a third can hide what the other two do to each other.
///
/// # Errors
///
/// [`Error::NoScratch`] where no empty database is to be had; [`Error::Shadow`] if a branch does not run on one by itself.
pub fn try_both<B: Backend>(
    migrations: &Migrations<B>,
    near: Option<&OsStr>,
    heads: &[RevisionId],
) -> Result<Tried, Error> {
    let mut tried = Tried::default();
    for (at, one) in heads.iter().enumerate() {
        for other in &heads[at + 1..] {
            pair(migrations, near, [one, other], &mut tried)?;
        }
    }
    Ok(tried)
}

fn pair<B: Backend>(
    migrations: &Migrations<B>,
    near: Option<&OsStr>,
    [one, other]: [&RevisionId; 2],
    tried: &mut Tried,
) -> Result<(), Error> {
    let (first, forth) = Branch::first(migrations, near, one, other)?;
    let (second, back) = Branch::first(migrations, near, other, one)?;
    let named = |first: &RevisionId, then: &RevisionId| [first.to_string(), then.to_string()];
    tried.orders.extend([named(one, other), named(other, one)]);
    let mut clash = Clash {
        heads: named(one, other),
        problems: Vec::new(),
        sides: Vec::new(),
    };
    for (end, [before, after]) in [(&forth, [&first, &second]), (&back, [&second, &first])] {
        if let End::Failed(failure) = end {
            clash.failed(failure, before, after);
        }
    }
    if let (End::Built(forth), End::Built(back)) = (forth, back) {
        let (forth, back) = (B::exact(*forth), B::exact(*back));
        clash.differ::<B>([&forth, &back], [&first, &second]);
        tried
            .notes
            .extend(columns_in_another_order(&forth, &back, &clash.heads));
    }
    if !clash.problems.is_empty() {
        tried.clashes.push(clash);
    }
    Ok(())
}

impl Clash {
    /// Adds an order that fails in the branch that comes after.
    fn failed(&mut self, failure: &Failure, before: &Branch, after: &Branch) {
        self.problems.push(format!(
            "`{}` then `{}` fails: {}",
            before.head, after.head, failure.cause
        ));
        let act = after.act_of(failure);
        let against = before.against(&act, failure);
        self.add([against, Some(act)]);
    }

    /// Adds what both orders leave behind and is not the same.
    fn differ<B: Backend>(&mut self, [forth, back]: [&Schema; 2], branches: [&Branch; 2]) {
        let difference = whole::<B>(forth, back, &Hints::default());
        let [one, other] = &self.heads;
        let (from, to) = (
            format!("`{one}` then `{other}`"),
            format!("`{other}` then `{one}`"),
        );
        let words = Sides {
            from: &from,
            to: &to,
        };
        self.problems.extend(words::lines(&difference, words));
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

/// Says which tables have the same columns in another order: queries that name their columns do not notice.
fn columns_in_another_order<'a>(
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
