//! What is worth a second look in a revision before it meets a database with rows and readers.
//!
//! Comes in: what a revision did on a scratch database. Goes out: findings, each with a way round. Decides nothing: which of
//! them stop a build is the caller's to say.

mod rules;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::RevisionId;

use crate::backend::Backend;
use crate::ears::Ears;
use crate::error::Error;
use crate::executor::{Executor, Settings, Transaction};
use crate::migrations::Migrations;
use crate::shadow::Shadow;

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lint {
    /// Values that are there are lost.
    DataLoss,
    /// Other connections wait, for as long as a large table takes.
    TableLock,
    /// A table is copied as a whole.
    TableRebuild,
    /// Nothing takes the revision back.
    NoDowngrade,
    /// A statement of the revision's own changes every row of a table.
    EveryRow,
}

impl Lint {
    /// All of them.
    pub const ALL: [Lint; 5] = [
        Lint::DataLoss,
        Lint::TableLock,
        Lint::TableRebuild,
        Lint::NoDowngrade,
        Lint::EveryRow,
    ];

    /// Returns its name, as settings and comments have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lint::DataLoss => "data-loss",
            Lint::TableLock => "table-lock",
            Lint::TableRebuild => "table-rebuild",
            Lint::NoDowngrade => "no-downgrade",
            Lint::EveryRow => "every-row",
        }
    }
}

/// One thing that is worth a second look.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Its kind.
    pub lint: Lint,
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// What it is, in words.
    pub message: String,
    /// Another way to the same end.
    pub help: String,
}

/// Runs all revisions on a scratch database, and looks at those that are not to be skipped.
///
/// # Errors
///
/// [`Error::NoScratch`] where no empty database is to be had, [`Error::Shadow`] if a revision fails on it.
pub fn lint<B: Backend>(
    migrations: &Migrations<B>,
    near: Option<&OsStr>,
    skip: &dyn Fn(&RevisionId) -> bool,
) -> Result<Vec<Finding>, Error> {
    let mut shadow = Shadow::<B>::new(near)?;
    let settings = Settings::default()
        .allow_data_loss()
        .transaction(Transaction::Shared);
    let executor = Executor::new(migrations, &settings);
    let ids: Vec<RevisionId> = migrations
        .graph()?
        .iter()
        .map(|revision| revision.id.clone())
        .collect();
    let mut findings = Vec::new();
    for id in &ids {
        let target = migrate_graph::Target::parse(id.as_str())?;
        let mut ears = Ears::default();
        executor
            .upgrade(shadow.client(), &target, &mut ears)
            .map_err(|error| Error::Shadow(Box::new(error)))?;
        if skip(id) {
            continue;
        }
        let up = ears.take();
        let down = match executor.take_back(shadow.client(), id, &mut ears) {
            Ok(()) => {
                let did = ears.take();
                // A `down` that forgets something: the next revision begins on another database.
                if executor.upgrade(shadow.client(), &target, &mut ()).is_err() {
                    shadow = Shadow::new(near)?;
                    shadow.upgrade(migrations, id.as_str())?;
                }
                rules::Down::Did(did)
            }
            Err(Error::Irreversible { reason, .. }) => rules::Down::Irreversible(reason),
            // `verify` tells of a `down` that fails.
            Err(_) => {
                shadow = Shadow::new(near)?;
                shadow.upgrade(migrations, id.as_str())?;
                continue;
            }
        };
        let header = &migrations.known(id.as_str())?.header;
        let found = rules::look::<B>(&up, &down);
        findings.extend(found.into_iter().map(|found| Finding {
            lint: found.lint,
            revision: header.id.to_owned(),
            file: header.file.to_owned(),
            message: found.message,
            help: found.help.to_owned(),
        }));
    }
    Ok(findings)
}
