//! A database, and the revisions that run on it.

use std::borrow::Cow;

use migrate_graph::{Links, RevisionGraph, RevisionId, Target};

use crate::describe::SchemaLabels;
use crate::scratch;
use migrate_engine::backend::Backend;
use migrate_engine::error::{DatabaseErrorKind, Error};
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::migrations::Migrations;
use migrate_engine::op;
use migrate_schema::schema::Schema;

use super::allowed::{Allowed, Found};
use super::row_digest::{Digests, RoundTripRows, UnchangedRows};
use super::rows::{self, EmptyTables};
use super::schemas::differences;
use super::source::DatabaseSource;
use super::{RevisionResult, StartState, VerifyOptions};

/// A database, and the revisions that it has.
pub(super) struct Harness<'a, B: Backend> {
    pub(super) migrations: &'a Migrations<B>,
    rows: u32,
    options: &'a RunOptions,
    source: &'a DatabaseSource<'a, B>,
    allowed: &'a Allowed,
    client: B::Client,
    /// The graph that applies to the database.
    pub(super) graph: Cow<'a, RevisionGraph>,
    /// The revisions that it has, and the rows of unknown ones.
    given: Vec<RevisionId>,
    ahead: Vec<String>,
    downgraded: Vec<RevisionId>,
    passed: Vec<RevisionId>,
    /// Whether a revision does not run, so that nothing after it can be verified.
    pub(super) blocked: bool,
}

const BACK: SchemaLabels<'static> = SchemaLabels {
    from: "the schema before",
    to: "the schema after `down`",
};

const AFTER_SECOND_UP: SchemaLabels<'static> = SchemaLabels {
    from: "the first",
    to: "the second",
};

/// The findings about one revision, before the allowed losses are applied.
#[derive(Default)]
struct RawFindings {
    found: Found,
    notes: Vec<String>,
    empty_tables: Vec<String>,
}

/// A schema and its rows.
struct Snapshot {
    schema: Schema,
    digests: Digests,
}

impl<'a, B: Backend> Harness<'a, B> {
    pub(super) fn new(
        migrations: &'a Migrations<B>,
        verify_options: &'a VerifyOptions,
        options: &'a RunOptions,
        source: &'a DatabaseSource<'a, B>,
        inside: Option<&Target>,
    ) -> Result<Self, Error> {
        let mut client = source.open()?;
        let executor = Executor::new(migrations, options);
        let state = executor.look(B::reader(&mut client))?;
        let assessment = executor.assess(&state, inside)?;
        if let Some(unfinished) = assessment.unfinished {
            return Err(unfinished.error("`verify` cannot start from an interrupted revision"));
        }
        let known = assessment.known;
        Ok(Harness {
            migrations,
            rows: verify_options.row_count(),
            options,
            source,
            allowed: &verify_options.allowed,
            client,
            given: known.applied.ids(&known.graph),
            graph: known.graph,
            ahead: assessment.ahead,
            downgraded: Vec::new(),
            passed: Vec::new(),
            blocked: false,
        })
    }

    pub(super) fn has(&self, id: &RevisionId) -> bool {
        self.given.contains(id) || self.passed.contains(id)
    }

    pub(super) fn into_start_state(self) -> StartState {
        let taken_back = self.downgraded.iter().map(ToString::to_string);
        StartState {
            copy_of: self.source.copy_of().map(str::to_owned),
            downgraded: taken_back.collect(),
        }
    }

    /// Downgrades a revision, and what follows or needs it.
    pub(super) fn go_below(&mut self, from: &RevisionId) -> Result<(), Error> {
        let mut above: Vec<RevisionId> = Vec::new();
        for revision in self.graph.descendants([from], Links::All) {
            above.extend(self.has(&revision.id).then(|| revision.id.clone()));
        }
        if !above.is_empty() && !self.ahead.is_empty() {
            let executor = Executor::new(self.migrations, self.options);
            let state = executor.look(B::reader(&mut self.client))?;
            return Err(executor.unknown(&state, self.ahead.clone()));
        }
        for id in above.into_iter().rev() {
            self.down(&id)?;
            self.given.retain(|given| *given != id);
            self.downgraded.push(id);
        }
        Ok(())
    }

    /// Runs a revision up.
    pub(super) fn pass(&mut self, id: &RevisionId) -> Result<(), Error> {
        self.up(id)?;
        self.passed.push(id.clone());
        Ok(())
    }

    /// Verifies a revision, leaves it applied, and returns the result.
    pub(super) fn verify(&mut self, id: &RevisionId) -> Result<RevisionResult, Error> {
        if self.options.stopped() {
            return Err(Error::Interrupted { done: Vec::new() });
        }
        let tried = self.verify_revision(id)?;
        let header = &self.migrations.known(id.as_str())?.header;
        let judged = self.allowed.judge(id.as_str(), tried.found);
        Ok(RevisionResult {
            revision: header.id.to_owned(),
            file: header.file.to_owned(),
            message: header.message.to_owned(),
            round_trip: judged.round_trip,
            notes: tried.notes,
            warnings: judged.warnings,
            empty_tables: tried.empty_tables,
        })
    }

    fn verify_revision(&mut self, id: &RevisionId) -> Result<RawFindings, Error> {
        let mut tried = RawFindings::default();
        for unfilled in self.fill()? {
            let EmptyTables { table, reason } = unfilled;
            tried.notes.push(format!(
                "no synthetic row could be created for table `{table}`: {reason}"
            ));
            tried.empty_tables.push(table);
        }
        self.run_up_and_down(id, &mut tried)?;
        Ok(tried)
    }

    fn run_up_and_down(&mut self, id: &RevisionId, tried: &mut RawFindings) -> Result<(), Error> {
        let before = self.snapshot()?;
        if let Err(error) = self.up(id) {
            let finding = self.up_failed(id, error, &mut tried.notes)?;
            tried.found.failures.push(finding);
            return Ok(());
        }
        let after = self.snapshot()?;
        let back = match self.down(id) {
            Ok(()) => self.snapshot()?,
            Err(Error::Irreversible { reason, .. }) => {
                self.passed.push(id.clone());
                tried.found.irreversible = Some(reason);
                return Ok(());
            }
            Err(error) => {
                let finding = describe_failure("`down` fails", finding(error)?);
                self.restart()?;
                self.pass(id)?;
                tried.found.failures.push(finding);
                return Ok(());
            }
        };
        let UnchangedRows { lost, gone } = before.digests.compare(&back.digests, &after.digests);
        let lines = differences::<B>(&before.schema, &back.schema, BACK).into_iter();
        let found = &mut tried.found;
        found.failures.extend(
            lines.map(|line| format!("`down` does not restore the previous schema: {line}")),
        );
        let comparable = found.failures.is_empty() && lost.is_empty();
        found.losses.extend(lost);
        if self.up_again(id, &after, &mut found.failures)? && comparable {
            let again = self.snapshot()?;
            let round_trip = RoundTripRows {
                before: &before.digests,
                after: &after.digests,
                back: &back.digests,
                again: &again.digests,
            };
            // The second `up` may produce other values for deleted ones; that is not a finding.
            match gone.is_empty() {
                true => found.losses.extend(round_trip.differences()),
                false => tried.notes.extend(round_trip.differences()),
            }
        }
        tried.notes.extend(gone);
        Ok(())
    }

    fn fill(&mut self) -> Result<Vec<EmptyTables>, Error> {
        if self.rows == 0 {
            return Ok(Vec::new());
        }
        let schema = self.schema()?;
        rows::fill::<B>(&mut self.client, &schema, self.rows)
    }

    /// Applies a revision whose `up` fails, if it fails only because of synthetic rows.
    fn up_failed(
        &mut self,
        id: &RevisionId,
        error: Error,
        notes: &mut Vec<String>,
    ) -> Result<String, Error> {
        if self.is_without_history(&error) {
            return Err(error);
        }
        let found = describe_failure("`up` fails", finding(error)?);
        let again = match self.rows {
            0 => None,
            _ => {
                self.restart()?;
                Some(self.up(id))
            }
        };
        match again {
            Some(Ok(())) => notes.push("without synthetic rows its `up` runs".to_owned()),
            Some(Err(error)) => {
                finding(error)?;
                self.blocked = true;
            }
            None => self.blocked = true,
        }
        if self.blocked {
            notes.push("nothing after it was run".to_owned());
        }
        self.passed.push(id.clone());
        Ok(found)
    }

    /// Returns whether the first revision finds its objects in a copy without a history, which is not a finding.
    fn is_without_history(&self, error: &Error) -> bool {
        let begins = self.given.is_empty() && self.downgraded.is_empty() && self.passed.is_empty();
        let exists = matches!(error, Error::MigrationFailed(failure) if failure.kind == Some(DatabaseErrorKind::AlreadyExists));
        begins && exists && self.source.copy_of().is_some()
    }

    /// Runs a revision up for the second time, and returns whether the schema is the same.
    fn up_again(
        &mut self,
        id: &RevisionId,
        after: &Snapshot,
        findings: &mut Vec<String>,
    ) -> Result<bool, Error> {
        if let Err(error) = self.up(id) {
            findings.push(describe_failure("the second `up` fails", finding(error)?));
            self.restart()?;
            self.pass(id)?;
            return Ok(false);
        }
        self.passed.push(id.clone());
        let differences = differences::<B>(&after.schema, &self.schema()?, AFTER_SECOND_UP);
        let lines = differences.iter().map(|line| {
            format!("the second `up` builds a different schema than the first: {line}")
        });
        findings.extend(lines);
        Ok(differences.is_empty())
    }

    /// Opens a new database and applies the same revisions to it, without synthetic rows.
    fn restart(&mut self) -> Result<(), Error> {
        self.client = self.source.open()?;
        for id in &self.downgraded.clone() {
            self.down(id)?;
        }
        for id in &self.passed.clone() {
            self.up(id)?;
        }
        Ok(())
    }

    fn up(&mut self, id: &RevisionId) -> Result<(), Error> {
        self.migrations
            .upgrade_with(&mut self.client, id.as_str(), self.options, &mut ())
            .map(|_| ())
    }

    /// Downgrades exactly one revision: a target can't always name the state below it.
    fn down(&mut self, id: &RevisionId) -> Result<(), Error> {
        let executor = Executor::new(self.migrations, self.options);
        let mut state = executor.look(B::reader(&mut self.client))?;
        state.rows.retain(|row| row.revision != id.as_str());
        let rest = executor.known_of(&state)?;
        rest.applied.check_closed(&rest.graph)?;
        executor.take_back(&mut self.client, id, &mut ())
    }

    fn schema(&mut self) -> Result<Schema, Error> {
        let extent = self.migrations.extent().without_history();
        let schema = scratch::inspect::<B>(B::reader(&mut self.client), extent)?;
        Ok(match self.source.copy_of() {
            Some(_) => B::of_copy(schema),
            None => schema,
        })
    }

    fn snapshot(&mut self) -> Result<Snapshot, Error> {
        let schema = self.schema()?;
        let digests = B::read(B::reader(&mut self.client), self.options.wait, |op| {
            Digests::of::<B>(op::session(op), &schema)
                .map_err(|error| Error::database("can't read the rows of a verification", error))
        })?;
        Ok(Snapshot { schema, digests })
    }
}

/// Returns the message of a revision's failure; any other error ends the command.
fn finding(error: Error) -> Result<Error, Error> {
    match error {
        Error::MigrationFailed(_) => Ok(error),
        other => Err(other),
    }
}

fn describe_failure(what: &str, error: Error) -> String {
    let cause = match error {
        Error::MigrationFailed(failure) => match failure.statement {
            Some((_, sql)) => format!("{}, in `{sql}`", failure.cause),
            None => failure.cause,
        },
        other => other.to_string(),
    };
    format!("{what}: {cause}")
}
