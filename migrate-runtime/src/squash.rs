//! One revision in place of a range: what it does, and the proof that it does what they did.
//!
//! Comes in: the revisions, and the ids of a range, oldest first. They run on a scratch database and are listened to. Goes
//! out: the operations of the one revision, or what stands in its way: only typed operations can be written down again, code
//! and statements of the application's own can't. Once the file is there, [`prove`] runs both ways and compares.

mod proof;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::{RevisionId, Target};

use crate::autogenerate::whole;
use crate::backend::Backend;
use crate::diff::Hints;
use crate::ears::{Did, Ears, Heard};
use crate::error::Error;
use crate::executor::{Executor, Settings};
use crate::migrations::Migrations;
use crate::op::Operation;
use crate::render::{self, Bodies};
use crate::schema::Schema;
use crate::shadow::Shadow;
use crate::words::shortened;

pub use proof::prove;

/// How a range that begins with an empty database is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Each table is created as it ends, in the types of the database that was asked.
    Tables,
    /// Each operation stays what it was: for revisions of several databases.
    Nothing,
}

/// What one revision in place of a range does.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Squashed {
    /// Its operations, in order.
    pub operations: Vec<Operation>,
    /// Why it can't be taken back, if one of the range can't.
    pub irreversible: Option<String>,
    /// Whether it runs inside a transaction: not where operations of a revision that doesn't are carried over.
    pub transaction: bool,
    /// What stands in the way.
    pub refused: Vec<Refused>,
}

/// Something that a revision of the range does and that can't be written down again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// The line there that asks for it, where that is known.
    pub line: Option<u32>,
    /// What it does, in words.
    pub what: String,
}

impl Squashed {
    /// Returns the bodies of the revision's two functions.
    #[must_use]
    pub fn bodies(&self) -> Bodies {
        let bodies = render::revision_body(&self.operations);
        match &self.irreversible {
            None => bodies,
            Some(reason) => Bodies {
                down: render::refusal(reason),
                ..bodies
            },
        }
    }
}

/// Returns what one revision in place of `members` does; they come oldest first.
///
/// A range that begins with an empty database is folded if `fold` says so: tables are created as they end. Else rows may be
/// there, and each operation stays what it was.
///
/// # Errors
///
/// [`Error::NoScratch`] where no empty database is to be had, [`Error::Shadow`] if a revision fails on one.
pub fn compose<B: Backend>(
    migrations: &Migrations<B>,
    near: Option<&OsStr>,
    members: &[RevisionId],
    fold: Fold,
) -> Result<Squashed, Error> {
    let mut shadow = Shadow::new(migrations, near)?;
    for needed in needs(migrations, members)? {
        shadow.upgrade(migrations, needed.as_str())?;
    }
    let extent = migrations.extent().without_history();
    let before = B::exact(shadow.inspect(extent)?);
    let mut ears = Ears::default();
    for member in members {
        let target = Target::parse(member.as_str())?;
        on_scratch(migrations, &mut shadow, |executor, client| {
            executor.upgrade(client, &target, &mut ears).map(|_| ())
        })?;
    }
    let heard = ears.take();
    let after = B::exact(shadow.inspect(extent)?);
    let may_fold = before == Schema::default() && !heard.iter().any(moves_rows);
    let folds = may_fold && fold == Fold::Tables;
    let refused = refused(migrations, &heard, |operations| match folds {
        true => None,
        false => needs_a_word(operations),
    });
    Ok(Squashed {
        refused,
        operations: match folds {
            true => whole::<B>(&before, &after, &Hints::default()).operations,
            false => heard.into_iter().flat_map(operations).collect(),
        },
        irreversible: irreversible(migrations, &mut shadow, members)?,
        // What is folded makes new tables only, and nothing of that has to stay out of a transaction.
        transaction: folds || all_in_transactions(migrations, members)?,
    })
}

fn all_in_transactions<B: Backend>(
    migrations: &Migrations<B>,
    members: &[RevisionId],
) -> Result<bool, Error> {
    for member in members {
        if !migrations.known(member.as_str())?.header.transaction {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns what members of a range follow and depend on outside of it.
fn needs<B: Backend>(
    migrations: &Migrations<B>,
    members: &[RevisionId],
) -> Result<Vec<RevisionId>, Error> {
    let graph = migrations.graph()?;
    let revisions = members.iter().filter_map(|id| graph.get(id.as_str()));
    let needs = revisions.flat_map(|one| one.down_revisions.iter().chain(&one.depends_on));
    Ok(needs.filter(|id| !members.contains(id)).cloned().collect())
}

/// Takes the range back as far as it goes, for the reason of the one that does not.
fn irreversible<B: Backend>(
    migrations: &Migrations<B>,
    shadow: &mut Shadow<B>,
    members: &[RevisionId],
) -> Result<Option<String>, Error> {
    for member in members.iter().rev() {
        let taken_back = on_scratch(migrations, shadow, |executor, client| {
            executor.take_back(client, member, &mut ())
        });
        match taken_back {
            Ok(()) => {}
            Err(Error::Shadow(error)) => match *error {
                Error::Irreversible { reason, .. } => return Ok(Some(reason)),
                other => return Err(Error::Shadow(Box::new(other))),
            },
            Err(other) => return Err(other),
        }
    }
    Ok(None)
}

fn on_scratch<B: Backend>(
    migrations: &Migrations<B>,
    shadow: &mut Shadow<B>,
    run: impl FnOnce(&Executor<'_, B>, &mut B::Client) -> Result<(), Error>,
) -> Result<(), Error> {
    let settings = Settings::default().allow_data_loss();
    let executor = Executor::new(migrations, &settings);
    run(&executor, shadow.client()).map_err(|error| Error::Shadow(Box::new(error)))
}

fn operations(heard: Heard) -> Vec<Operation> {
    match heard.did {
        Did::Operations(operations, _) => operations,
        Did::Statement(_) | Did::Code => Vec::new(),
    }
}

fn moves_rows(heard: &Heard) -> bool {
    let Did::Operations(operations, _) = &heard.did else {
        return false;
    };
    let moves = |operation: &Operation| {
        matches!(operation, Operation::Insert(_) | Operation::DeleteRows(_))
    };
    operations.iter().any(moves)
}

/// Returns the operation whose text leaves a place that only its author can fill: why values may go.
fn needs_a_word(operations: &[Operation]) -> Option<String> {
    let lacks = |operation: &&Operation| {
        let bodies = render::revision_body(std::slice::from_ref(operation));
        [bodies.up, bodies.down]
            .iter()
            .any(|body| body.contains("compile_error!("))
    };
    let found = operations.iter().find(lacks)?;
    Some(format!(
        "an operation that needs a reason from its author: {}",
        found.title()
    ))
}

fn refused<B: Backend>(
    migrations: &Migrations<B>,
    heard: &[Heard],
    of_operations: impl Fn(&[Operation]) -> Option<String>,
) -> Vec<Refused> {
    let refused = heard.iter().filter_map(|heard| {
        let what = match &heard.did {
            Did::Operations(operations, _) => of_operations(operations)?,
            Did::Statement(sql) => format!("the statement `{}`", shortened(sql)),
            Did::Code => "code of the application".to_owned(),
        };
        let header = &migrations.revision(&heard.revision)?.header;
        Some(Refused {
            revision: heard.revision.clone(),
            file: header.file.to_owned(),
            line: heard.place.and_then(|place| header.line_of(place)),
            what,
        })
    });
    let mut refused: Vec<Refused> = refused.collect();
    refused.dedup();
    refused
}
