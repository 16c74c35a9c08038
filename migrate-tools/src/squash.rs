//! Combines a range of revisions into one, and checks that both are equivalent.
//!
//! Takes the revisions and the ids of a range, oldest first. Runs them on a scratch database and records what they do.
//! Returns the operations of the one revision, or the reasons why they can't be combined: only typed operations can be
//! written again, application code and SQL statements can't. Once the file exists, [`check_equivalence`] runs both
//! versions and compares the results.

mod equivalence;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::{RevisionId, Target};

use crate::autogenerate::whole;
use crate::describe::shortened;
use crate::recorder::{RecordedAction, RecordedEvent, Recorder};
use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::migrations::Migrations;
use migrate_schema::diff::Hints;
use migrate_schema::operation::Operation;
use migrate_schema::render::{self, Bodies};
use migrate_schema::schema::Schema;

pub use equivalence::check_equivalence;

/// The form of a range that starts with an empty database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoldMode {
    /// Each table is created in its final form, with the types of the current database.
    Tables,
    /// Each operation is kept as it is: for revisions of several databases.
    Nothing,
}

/// The revision that replaces a range.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SquashPlan {
    /// Its operations, in order.
    pub operations: Vec<Operation>,
    /// The reason why it is irreversible, if one of the range is.
    pub irreversible: Option<String>,
    /// Whether it runs inside a transaction: not if it contains operations of a revision that runs outside one.
    pub transaction: bool,
    /// The statements and code that can't be combined.
    pub unsupported: Vec<Unsupported>,
}

/// A part of a revision in the range that can't be written again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unsupported {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// The line of the call, if it is known.
    pub line: Option<u32>,
    /// The description.
    pub what: String,
}

impl SquashPlan {
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

/// Returns the one revision that replaces `members`, which are ordered oldest first.
///
/// If a range starts with an empty database and `fold` requests it, tables are created in their final form. Otherwise
/// rows may exist, and each operation is kept as it is.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available, [`Error::OnScratchDatabase`] if a revision fails
/// on it.
pub fn plan<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    members: &[RevisionId],
    fold: FoldMode,
) -> Result<SquashPlan, Error> {
    let mut scratch = ScratchDatabase::new(migrations, scratch_server)?;
    for needed in needs(migrations, members)? {
        scratch.upgrade(migrations, needed.as_str())?;
    }
    let extent = migrations.extent().without_history();
    let before = B::exact(scratch.inspect(extent)?);
    let mut recorder = Recorder::default();
    for member in members {
        let target = Target::parse(member.as_str())?;
        on_scratch(migrations, &mut scratch, |executor, client| {
            executor.upgrade(client, &target, &mut recorder).map(|_| ())
        })?;
    }
    let events = recorder.take();
    let after = B::exact(scratch.inspect(extent)?);
    let may_fold = before == Schema::default() && !events.iter().any(moves_rows);
    let folds = may_fold && fold == FoldMode::Tables;
    let refused = unsupported(migrations, &events, |operations| match folds {
        true => None,
        false => needs_a_reason(operations),
    });
    Ok(SquashPlan {
        unsupported: refused,
        operations: match folds {
            true => whole::<B>(&before, &after, &Hints::default()).operations,
            false => events.into_iter().flat_map(operations).collect(),
        },
        irreversible: irreversible(migrations, &mut scratch, members)?,
        // A folded range only creates tables, which never requires running outside a transaction.
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

/// Returns the revisions outside the range that members follow or depend on.
fn needs<B: Backend>(
    migrations: &Migrations<B>,
    members: &[RevisionId],
) -> Result<Vec<RevisionId>, Error> {
    let graph = migrations.graph()?;
    let revisions = members.iter().filter_map(|id| graph.get(id.as_str()));
    let needs = revisions.flat_map(|one| one.down_revisions.iter().chain(&one.depends_on));
    Ok(needs.filter(|id| !members.contains(id)).cloned().collect())
}

/// Downgrades the range as far as possible, to get the reason of the irreversible revision.
fn irreversible<B: Backend>(
    migrations: &Migrations<B>,
    scratch: &mut ScratchDatabase<B>,
    members: &[RevisionId],
) -> Result<Option<String>, Error> {
    for member in members.iter().rev() {
        let taken_back = on_scratch(migrations, scratch, |executor, client| {
            executor.take_back(client, member, &mut ())
        });
        match taken_back {
            Ok(()) => {}
            Err(Error::OnScratchDatabase(error)) => match *error {
                Error::Irreversible { reason, .. } => return Ok(Some(reason)),
                other => return Err(Error::OnScratchDatabase(Box::new(other))),
            },
            Err(other) => return Err(other),
        }
    }
    Ok(None)
}

fn on_scratch<B: Backend>(
    migrations: &Migrations<B>,
    scratch: &mut ScratchDatabase<B>,
    run: impl FnOnce(&Executor<'_, B>, &mut B::Client) -> Result<(), Error>,
) -> Result<(), Error> {
    let options = RunOptions::default().allow_data_loss();
    let executor = Executor::new(migrations, &options);
    run(&executor, scratch.client()).map_err(|error| Error::OnScratchDatabase(Box::new(error)))
}

fn operations(event: RecordedEvent) -> Vec<Operation> {
    match event.action {
        RecordedAction::Operations(operations, _) => operations,
        RecordedAction::Statement(_) | RecordedAction::ApplicationCode => Vec::new(),
    }
}

fn moves_rows(event: &RecordedEvent) -> bool {
    let RecordedAction::Operations(operations, _) = &event.action else {
        return false;
    };
    let moves = |operation: &Operation| {
        matches!(operation, Operation::Insert(_) | Operation::DeleteRows(_))
    };
    operations.iter().any(moves)
}

/// Returns an operation whose text leaves a place for its author: the reason why values may be deleted.
fn needs_a_reason(operations: &[Operation]) -> Option<String> {
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

fn unsupported<B: Backend>(
    migrations: &Migrations<B>,
    events: &[RecordedEvent],
    of_operations: impl Fn(&[Operation]) -> Option<String>,
) -> Vec<Unsupported> {
    let refused = events.iter().filter_map(|event| {
        let what = match &event.action {
            RecordedAction::Operations(operations, _) => of_operations(operations)?,
            RecordedAction::Statement(sql) => format!("the statement `{}`", shortened(sql)),
            RecordedAction::ApplicationCode => "code of the application".to_owned(),
        };
        let header = &migrations.revision(&event.revision)?.header;
        Some(Unsupported {
            revision: event.revision.clone(),
            file: header.file.to_owned(),
            line: event.location.and_then(|location| header.line_of(location)),
            what,
        })
    });
    let mut refused: Vec<Unsupported> = refused.collect();
    refused.dedup();
    refused
}
