//! Up, down and up again, one revision at a time, on a database that nobody needs.
//!
//! Comes in: the revisions, and a way to get an empty database (or a copy of a real one). Goes out: for each revision
//! whether `down` brings back the schema and the rows before it, and whether a second `up` makes what the first one made.
//! Tables are filled with made-up rows before each revision, so that a column that refuses NULL, a unique constraint and a
//! cast meet some.

mod digest;
mod made;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use migrate_graph::{Applied, Links, RevisionGraph, RevisionId};

use crate::backend::Backend;
use crate::error::Error;
use crate::executor::{Executor, Settings, Transaction};
use crate::migrations::Migrations;
use crate::schema::Schema;
use crate::shadow;

use digest::Digests;

/// Which revisions are tried, and with how many rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trial {
    /// The first revision that is tried; those before it only run up.
    pub from: Option<RevisionId>,
    /// The last one.
    pub to: Option<RevisionId>,
    /// How many rows each table has; 0 leaves tables as revisions leave them.
    pub rows: u32,
}

impl Trial {
    /// Returns a trial of all revisions, with three rows in each table.
    #[must_use]
    pub fn new() -> Trial {
        Trial {
            from: None,
            to: None,
            rows: 3,
        }
    }

    /// Sets how many rows each table has.
    #[must_use]
    pub fn rows(mut self, rows: u32) -> Trial {
        self.rows = rows;
        self
    }

    /// Sets the first revision that is tried.
    #[must_use]
    pub fn from(mut self, revision: Option<RevisionId>) -> Trial {
        self.from = revision;
        self
    }

    /// Sets the last revision that is tried.
    #[must_use]
    pub fn to(mut self, revision: Option<RevisionId>) -> Trial {
        self.to = revision;
        self
    }
}

impl Default for Trial {
    fn default() -> Trial {
        Trial::new()
    }
}

/// What became of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The revision.
    pub revision: String,
    /// Its file.
    pub file: String,
    /// What it does, in a line.
    pub message: String,
    /// What was found.
    pub outcome: Outcome,
    /// What is worth knowing and no fault: values that a dropped column takes along, tables that no row could be made for.
    pub notes: Vec<String>,
}

/// What was found about one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// `down` brings back what was before, and `up` makes the same again.
    Restores,
    /// Its `down` says that it can't be.
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// It does not do what it should: the findings, in words.
    Fails {
        /// One line each.
        findings: Vec<String>,
    },
}

impl Outcome {
    /// Returns the word that `--json` prints.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Restores => "restores",
            Outcome::Irreversible { .. } => "irreversible",
            Outcome::Fails { .. } => "fails",
        }
    }
}

/// Where a database to try on comes from; asked again when a revision left one unusable.
pub(crate) type Fresh<'a, B> = &'a mut dyn FnMut() -> Result<<B as Backend>::Client, Error>;

/// Tries the revisions that `trial` names, one after the other in the graph's order, and hands over what became of each.
///
/// # Errors
///
/// [`Error::NoScratch`] where no database is to be had; a revision that fails is no error but a finding.
pub(crate) fn verify<B: Backend>(
    migrations: &Migrations<B>,
    trial: &Trial,
    fresh: Fresh<'_, B>,
    each: &mut dyn FnMut(Verified),
) -> Result<(), Error> {
    let graph = migrations.graph()?;
    let all: Vec<RevisionId> = graph.iter().map(|revision| revision.id.clone()).collect();
    let (until, before) = (needed(graph, &trial.to), needed(graph, &trial.from));
    let is_in = |set: &Option<HashSet<&RevisionId>>, id: &RevisionId| {
        set.as_ref().is_some_and(|set| set.contains(id))
    };
    let mut bench = Bench::new(migrations, trial.rows, fresh)?;
    for id in all {
        if (until.is_some() && !is_in(&until, &id)) || bench.has(&id) {
            continue;
        }
        if trial.from.as_ref() != Some(&id) && is_in(&before, &id) {
            bench.pass(&id)?;
        } else {
            let (outcome, notes) = bench.try_out(&id)?;
            let header = &migrations.known(id.as_str())?.header;
            each(Verified {
                revision: header.id.to_owned(),
                file: header.file.to_owned(),
                message: header.message.to_owned(),
                outcome,
                notes,
            });
        }
        if bench.stuck {
            break;
        }
    }
    Ok(())
}

/// Returns a revision and all that it needs.
fn needed<'g>(
    graph: &'g RevisionGraph,
    end: &'g Option<RevisionId>,
) -> Option<HashSet<&'g RevisionId>> {
    let end = end.as_ref()?;
    let needed = graph.ancestors([end], Links::All);
    Some(needed.into_iter().map(|revision| &revision.id).collect())
}

/// A database, and the revisions that it has.
struct Bench<'a, B: Backend> {
    migrations: &'a Migrations<B>,
    rows: u32,
    fresh: Fresh<'a, B>,
    client: B::Client,
    /// What was there before anything was tried.
    given: Vec<RevisionId>,
    passed: Vec<RevisionId>,
    /// Whether a revision does not run at all, so that nothing after it can be tried.
    stuck: bool,
}

/// A schema and the rows in it.
struct Picture {
    schema: Schema,
    digests: Digests,
}

impl<'a, B: Backend> Bench<'a, B> {
    fn new(migrations: &'a Migrations<B>, rows: u32, fresh: Fresh<'a, B>) -> Result<Self, Error> {
        let mut client = fresh()?;
        let settings = settings();
        let executor = Executor::new(migrations, &settings);
        let known = executor.known_of(&executor.look(B::reader(&mut client))?)?;
        Ok(Bench {
            migrations,
            rows,
            fresh,
            client,
            given: known.applied.ids(&known.graph),
            passed: Vec::new(),
            stuck: false,
        })
    }

    fn has(&self, id: &RevisionId) -> bool {
        self.given.contains(id) || self.passed.contains(id)
    }

    /// Runs a revision up and goes on.
    fn pass(&mut self, id: &RevisionId) -> Result<(), Error> {
        self.up(id)?;
        self.passed.push(id.clone());
        Ok(())
    }

    /// Tries a revision, and leaves the database behind it.
    fn try_out(&mut self, id: &RevisionId) -> Result<(Outcome, Vec<String>), Error> {
        let mut notes = Vec::new();
        let mut findings = Vec::new();
        if self.rows > 0 {
            let schema = self.schema()?;
            notes.extend(rows::fill::<B>(&mut self.client, &schema, self.rows)?);
        }
        let before = self.picture()?;
        if let Err(error) = self.up(id) {
            findings.push(told("`up` fails", finding(error)?));
            self.start_over()?;
            match self.up(id) {
                Ok(()) => notes.push("without made-up rows its `up` runs".to_owned()),
                Err(again) => {
                    finding(again)?;
                    notes.push("nothing after it was tried".to_owned());
                    self.stuck = true;
                }
            }
            self.passed.push(id.clone());
            return Ok((Outcome::Fails { findings }, notes));
        }
        let after = self.picture()?;
        match self.down(id) {
            Ok(()) => {}
            Err(Error::Irreversible { reason, .. }) => {
                self.passed.push(id.clone());
                return Ok((Outcome::Irreversible { reason }, notes));
            }
            Err(error) => {
                findings.push(told("`down` fails", finding(error)?));
                self.start_over()?;
                self.pass(id)?;
                return Ok((Outcome::Fails { findings }, notes));
            }
        }
        let back = self.picture()?;
        findings.extend(
            before
                .schema
                .differences(&back.schema)
                .into_iter()
                .map(|line| format!("`down` does not bring back the schema before it: {line}")),
        );
        let kept = before.digests.compare(&back.digests, &after.schema);
        findings.extend(kept.lost);
        notes.extend(kept.gone);
        self.up_again(id, &after, &mut findings)?;
        let outcome = if findings.is_empty() {
            Outcome::Restores
        } else {
            Outcome::Fails { findings }
        };
        Ok((outcome, notes))
    }

    fn up_again(
        &mut self,
        id: &RevisionId,
        after: &Picture,
        findings: &mut Vec<String>,
    ) -> Result<(), Error> {
        if let Err(error) = self.up(id) {
            findings.push(told("the second `up` fails", finding(error)?));
            self.start_over()?;
            return self.pass(id);
        }
        self.passed.push(id.clone());
        let again = self.schema()?;
        findings.extend(
            after
                .schema
                .differences(&again)
                .into_iter()
                .map(|line| format!("the second `up` makes another schema than the first: {line}")),
        );
        Ok(())
    }

    /// Takes a new database and brings it to where this one was, without made-up rows.
    fn start_over(&mut self) -> Result<(), Error> {
        self.client = (self.fresh)()?;
        for id in &self.passed {
            self.migrations.upgrade_to(&mut self.client, id.as_str())?;
        }
        Ok(())
    }

    fn up(&mut self, id: &RevisionId) -> Result<(), Error> {
        self.migrations
            .upgrade_to(&mut self.client, id.as_str())
            .map(|_| ())
    }

    /// Takes back exactly one revision: a target can't always name what is below it.
    fn down(&mut self, id: &RevisionId) -> Result<(), Error> {
        let settings = settings();
        let executor = Executor::new(self.migrations, &settings);
        let state = executor.look(B::reader(&mut self.client))?;
        let graph = self.migrations.graph()?;
        let rest: Vec<&String> = state
            .rows
            .iter()
            .map(|row| &row.revision)
            .filter(|row| row.as_str() != id.as_str())
            .collect();
        Applied::in_order(graph, &rest)?.check_closed(graph)?;
        executor.take_back(&mut self.client, id, &mut ())
    }

    fn schema(&mut self) -> Result<Schema, Error> {
        let table = self.migrations.options.version_table;
        shadow::inspect::<B>(B::reader(&mut self.client), table)
    }

    fn picture(&mut self) -> Result<Picture, Error> {
        let schema = self.schema()?;
        let digests = B::read(B::reader(&mut self.client), settings().wait, |op| {
            Digests::of::<B>(&mut op.session, &schema)
                .map_err(|error| Error::database("can't read the rows of a trial", error))
        })?;
        Ok(Picture { schema, digests })
    }
}

fn settings() -> Settings {
    Settings::default()
        .allow_data_loss()
        .transaction(Transaction::Shared)
}

/// Returns what a revision's failure says; any other error ends the trial.
fn finding(error: Error) -> Result<Error, Error> {
    match error {
        Error::MigrationFailed(_) => Ok(error),
        other => Err(other),
    }
}

fn told(what: &str, error: Error) -> String {
    let cause = match error {
        Error::MigrationFailed(failure) => match failure.statement {
            Some((_, sql)) => format!("{}, in `{sql}`", failure.cause),
            None => failure.cause,
        },
        other => other.to_string(),
    };
    format!("{what}: {cause}")
}
