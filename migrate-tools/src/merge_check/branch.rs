//! Runs one branch first on a scratch database, and then the other.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use migrate_graph::{Links, RevisionId, Target};

use crate::recorder::{RecordedEvent, Recorder};
use crate::scratch::ScratchDatabase;
use migrate_engine::backend::Backend;
use migrate_engine::error::{Error, Failure};
use migrate_engine::executor::{Executor, RunOptions};
use migrate_engine::macro_support::Header;
use migrate_engine::migrations::Migrations;
use migrate_schema::operation::Operation;
use migrate_schema::schema::Schema;

use super::blame::{Act, nearest, nearest_to_text};

/// What the revisions that only this branch has did.
pub(super) struct Branch {
    pub(super) head: RevisionId,
    headers: BTreeMap<&'static str, Header>,
    events: Vec<RecordedEvent>,
}

/// The result of the other branch.
pub(super) enum End {
    /// The resulting schema.
    Built(Box<Schema>),
    /// The failure of one of its revisions.
    Failed(Box<Failure>),
}

impl Branch {
    /// Runs a branch on an empty database, then the other.
    pub(super) fn first<B: Backend>(
        migrations: &Migrations<B>,
        scratch_server: Option<&OsStr>,
        head: &RevisionId,
        then: &RevisionId,
    ) -> Result<(Branch, End), Error> {
        let graph = migrations.graph()?;
        let others = graph.ancestors([then], Links::All);
        let mut headers = BTreeMap::new();
        for revision in graph.ancestors([head], Links::All) {
            if !others.iter().any(|other| other.id == revision.id) {
                let header = migrations.known(revision.id.as_str())?.header;
                headers.insert(header.id, header);
            }
        }
        let mut scratch = ScratchDatabase::new(migrations, scratch_server)?;
        let mut recorder = Recorder::default();
        run(migrations, &mut scratch, head, &mut recorder)
            .map_err(|error| Error::OnScratchDatabase(Box::new(error)))?;
        let mut events = recorder.take();
        events.retain(|one| headers.contains_key(&*one.revision));
        let branch = Branch {
            head: head.clone(),
            headers,
            events,
        };
        let end = match run(migrations, &mut scratch, then, &mut recorder) {
            Ok(()) => {
                let extent = migrations.extent().without_history();
                End::Built(Box::new(scratch.inspect(extent)?))
            }
            Err(Error::MigrationFailed(failure)) => End::Failed(failure),
            Err(error) => return Err(Error::OnScratchDatabase(Box::new(error))),
        };
        Ok((branch, end))
    }

    /// Returns the operation of this branch that failed after the other branch, as recorded when this branch was first.
    pub(super) fn act_of(&self, failure: &Failure) -> Act {
        let is_it = |event: &&RecordedEvent| {
            let line = self.line(event);
            event.revision == failure.revision && failure.line.is_none_or(|it| line == Some(it))
        };
        let those: Vec<RecordedEvent> = self.events.iter().filter(is_it).cloned().collect();
        // A line in a loop occurs several times.
        let named = nearest_to_text(&those, &words(failure));
        match named.or(those.first().filter(|_| failure.line.is_some())) {
            Some(event) => self.act(event),
            None => Act::of_failure(failure),
        }
    }

    /// Returns the operation of this branch that made an operation of the other fail.
    pub(super) fn against(&self, act: &Act, failure: &Failure) -> Option<Act> {
        let found = act
            .operations()
            .iter()
            .find_map(|operation| nearest(&self.events, operation));
        found
            .or_else(|| nearest_to_text(&self.events, &words(failure)))
            .map(|event| self.act(event))
    }

    /// Returns what this branch did to the object that an operation is about.
    pub(super) fn nearest(&self, operation: &Operation) -> Option<Act> {
        nearest(&self.events, operation).map(|event| self.act(event))
    }

    fn act(&self, event: &RecordedEvent) -> Act {
        let header = self.headers.get(&*event.revision);
        Act {
            revision: event.revision.clone(),
            file: header.map_or_else(String::new, |header| header.file.to_owned()),
            line: self.line(event),
            did: event.action.clone(),
        }
    }

    fn line(&self, event: &RecordedEvent) -> Option<u32> {
        self.headers.get(&*event.revision)?.line_of(event.location?)
    }
}

/// Returns the parts of a failure that may name a table.
fn words(failure: &Failure) -> String {
    let sql = failure.statement.as_ref().map_or("", |(_, sql)| sql);
    format!("{sql} {}", failure.cause)
}

fn run<B: Backend>(
    migrations: &Migrations<B>,
    scratch: &mut ScratchDatabase<B>,
    head: &RevisionId,
    recorder: &mut Recorder,
) -> Result<(), Error> {
    let options = RunOptions::default();
    let target = Target::parse(head.as_str())?;
    let executor = Executor::new(migrations, &options);
    executor
        .upgrade(scratch.client(), &target, recorder)
        .map(|_| ())
}
