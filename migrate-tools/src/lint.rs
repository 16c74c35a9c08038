//! Finds risky operations in a revision before it runs on a database with rows and readers.
//!
//! Takes what a revision did on a scratch database, and returns findings, each with a workaround. The caller decides
//! which findings fail a build.

mod levels;
mod rules;
mod statement;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

use migrate_graph::RevisionId;

use crate::recorder::{RecordedAction, RecordedEvent, Recorder};
use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::error::Error;
use migrate_engine::executor::{Executor, RunOptions, TransactionMode};
use migrate_engine::migrations::Migrations;
use migrate_engine::op::{self, TraceEvent};
use migrate_schema::operation::Operation;
use migrate_schema::value::Value;

pub use levels::{Level, Levels};

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lint {
    /// Existing values are lost.
    DataLoss,
    /// Other connections are blocked while a large table is processed.
    TableLock,
    /// A table is copied.
    TableRebuild,
    /// The revision has no downgrade.
    NoDowngrade,
    /// A SQL statement of the revision changes every row of a table.
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

    /// Returns the lint with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Lint> {
        Lint::ALL.into_iter().find(|lint| lint.name() == name)
    }

    /// Returns its name in settings and comments.
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

/// A risky operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Its kind.
    pub lint: Lint,
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// The line of the call, if it is known.
    pub line: Option<u32>,
    /// The table that is copied, if there is one.
    pub table: Option<String>,
    /// The message.
    pub message: String,
    /// An alternative.
    pub help: String,
}

/// Runs all revisions on a scratch database, and lints those that are not skipped.
///
/// # Errors
///
/// [`Error::ScratchUnavailable`] if no scratch database is available, [`Error::OnScratchDatabase`] if a revision fails on it.
pub fn lint_revisions<B: Backend>(
    migrations: &Migrations<B>,
    scratch_server: Option<&OsStr>,
    skip: &dyn Fn(&RevisionId) -> bool,
) -> Result<Vec<Finding>, Error> {
    let mut scratch = ScratchDatabase::new(migrations, scratch_server)?;
    let options = RunOptions::default()
        .allow_data_loss()
        .transaction(TransactionMode::Auto);
    let executor = Executor::new(migrations, &options);
    let ids: Vec<RevisionId> = migrations
        .graph()?
        .iter()
        .map(|revision| revision.id.clone())
        .collect();
    let mut findings = Vec::new();
    for id in &ids {
        let target = migrate_graph::Target::parse(id.as_str())?;
        let mut recorder = Recorder::default();
        executor
            .upgrade(scratch.client(), &target, &mut recorder)
            .map_err(|error| Error::OnScratchDatabase(Box::new(error)))?;
        if skip(id) {
            continue;
        }
        let up = recorder.take();
        let down = match executor.take_back(scratch.client(), id, &mut recorder) {
            Ok(()) => {
                let did = recorder.take();
                // If a `down` is incomplete, the next revision gets a new database.
                if executor
                    .upgrade(scratch.client(), &target, &mut ())
                    .is_err()
                {
                    scratch = ScratchDatabase::new(migrations, scratch_server)?;
                    scratch.upgrade(migrations, id.as_str())?;
                }
                rules::Down::Did(did)
            }
            Err(Error::Irreversible { reason, .. }) => rules::Down::Irreversible(reason),
            // `verify` reports a `down` that fails.
            Err(_) => {
                scratch = ScratchDatabase::new(migrations, scratch_server)?;
                scratch.upgrade(migrations, id.as_str())?;
                continue;
            }
        };
        let header = &migrations.known(id.as_str())?.header;
        let found = rules::look::<B>(&up, &down);
        findings.extend(found.into_iter().map(|found| {
            let line = found.location.and_then(|location| header.line_of(location));
            found.of(header.id, header.file, line)
        }));
    }
    Ok(findings)
}

/// Lints operations that are not in a revision yet, on their database, which is only read.
///
/// # Errors
///
/// [`Error::Database`] if it can't be read.
pub fn lint_operations<B: Backend>(
    client: B::Reader<'_>,
    operations: &[Operation],
) -> Result<Vec<Finding>, Error> {
    let heard = B::read(client, RunOptions::default().wait, |op| {
        let heard = operations.iter().map(|operation| {
            let operations = std::slice::from_ref(operation);
            let sql = match B::can_combine(operations) {
                true => B::preview_sql(op::session(op), operations),
                false => Some(Vec::new()),
            };
            RecordedEvent {
                revision: String::new(),
                location: None,
                action: RecordedAction::from(&TraceEvent::Operations(operations, sql.as_deref())),
            }
        });
        Ok(heard.collect::<Vec<_>>())
    })?;
    // The downgrade is generated with them.
    let down = rules::Down::Did(heard.clone());
    let found = rules::look::<B>(&heard, &down).into_iter();
    Ok(found.map(|found| found.of("", "", None)).collect())
}

/// Lints the pending revisions of a database, with the row counts of its tables.
///
/// # Errors
///
/// As [`lint_revisions`].
pub fn pending<B: Backend>(
    migrations: &Migrations<B>,
    client: &mut B::Client,
    scratch_server: Option<&OsStr>,
    pending: &[String],
) -> Result<Vec<Finding>, Error> {
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let skip = |id: &RevisionId| !pending.iter().any(|other| other == id.as_str());
    let mut findings = lint_revisions(migrations, scratch_server, &skip)?;
    with_rows::<B>(B::reader(client), &mut findings)?;
    Ok(findings)
}

/// Adds the current number of rows to each table that is copied.
fn with_rows<B: Backend>(client: B::Reader<'_>, findings: &mut [Finding]) -> Result<(), Error> {
    B::read(client, RunOptions::default().wait, |op| {
        for finding in findings {
            let Some(table) = &finding.table else {
                continue;
            };
            let sql = format!("SELECT count(*) FROM {}", B::dialect().identifier(table));
            let mut rows = None;
            // A table that another pending revision creates does not exist yet.
            let _ = B::query(op::session(op), &sql, &[], &mut |row| {
                rows = row.first().and_then(Value::as_i64);
            });
            if let Some(rows) = rows {
                let noun = if rows == 1 { "row" } else { "rows" };
                let known = format!(", which has {rows} {noun}");
                finding.message.push_str(&known);
            }
        }
        Ok(())
    })
}
