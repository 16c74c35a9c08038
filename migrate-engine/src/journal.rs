//! Records the steps of a revision outside a transaction, so that an interrupted run resumes after its last finished
//! step.
//!
//! Takes the steps of a revision, in order, and what an earlier run recorded, and decides which of them still run. A
//! revision can't be resumed in the middle of its code, so a restart runs it from its start. The journal lists its
//! steps in order. While the revision follows the list, each step returns the recorded result, and nothing runs:
//!
//! ```text
//!                    ┌ recorded as done ─────────────────────────────► skipped
//!  a step ───────────┼ recorded as failed ───────────────────────────► its error, again
//!                    ├ recorded as started ─► the schema is as before ► runs
//!                    │                  ─► it is as after the step ──► skipped
//!                    │                  ─► neither ──────────────────► stop, with the differences
//!                    ├ another one is recorded here ─────────────────► stop, with both
//!                    └ after the last entry ─────────────────────────► runs
//!  a query ──────────┬ recorded ─────────────────────────────────────► the recorded result
//!                    └ after the last entry ─────────────────────────► the database is queried
//! ```
//!
//! A step that can run in a transaction is recorded in that transaction. Another step is recorded as started and then
//! as finished. If the process ended in between, the schema shows whether it ran. If the schema matches neither state,
//! the run stops with an error.
//!
//! The journal is in the revision's own row of the version table until the revision is done, after the name of the run
//! that writes it. Each write requires that this name is unchanged: so a run that lost its lock, and was taken over by
//! another, notices this before its next step is committed. This module does not know the graph or a target.

mod affected_objects;
mod describe;
mod entry;
mod non_transactional;
mod owner;
mod query_log;
mod run_step;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod transactions;

#[cfg(feature = "postgres")]
pub(crate) use affected_objects::holds_name;
pub use affected_objects::{AffectedObjects, affected_by};
pub(crate) use owner::{is_gone, this_process};
pub(crate) use step::Step;
pub(crate) use steps::Ending;

use entry::{Done, Entry, EntryKind, Failed, StepInProgress};
use query_log::QueryLog;
use step::StepKind;

use crate::error::{DatabaseError, FailureState, OpError};

/// The current relation of steps to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JournalMode {
    /// Each step has its own transaction.
    PerStep,
    /// A transaction is open, and takes steps until the next change of the schema.
    Group,
    /// A transaction is open that belongs to a piece of code.
    Callback,
    /// Nothing is recorded any more: application code has the connection.
    Disabled,
}

/// The reason why an interrupted run can't be resumed automatically.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResumeError {
    /// The reason, and what was found.
    pub(crate) notes: Vec<String>,
}

/// The result of a step: for a statement the number of changed rows; for code two numbers of its own.
pub(crate) type Numbers = [u64; 2];

/// What to do with a step.
#[derive(Debug)]
enum Next {
    /// It is done, with this result.
    Skip(Numbers),
    /// It failed, and the revision continued.
    Fail(DatabaseError),
    /// Run it.
    Run,
    /// It was started: check the schema.
    Resume(StepInProgress),
    /// Another step was started in its place: run it if that one changed nothing.
    Replace(StepInProgress),
}

/// The recorded steps that a revision may skip, because of what it did before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RelaxedOrder {
    /// It inspected the schema, and may skip operations whose results it found there.
    looked: bool,
    /// It queried rows to work on, and there are none any more.
    emptied: bool,
    /// A step that had failed succeeded: what the revision did because of the failure is kept, and is not repeated.
    repaired: bool,
}

/// The journal of one revision, and this run's position in it.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The statement that writes it into the revision's row.
    save: String,
    revision: String,
    /// The beginning of the journal: the process that writes it, and its run.
    token: String,
    /// How often it was written.
    written: u64,
    /// The deadline for locks of others.
    deadline: std::time::Instant,
    entries: Vec<Entry>,
    /// The index of the entry that the next step is compared with.
    at: usize,
    /// The number of steps of that entry that this run has followed, and their hash.
    followed: (u64, u64),
    /// The number of all steps that this run has followed.
    number: u64,
    query_log: QueryLog,
    freed: RelaxedOrder,
    mode: JournalMode,
    /// The statement of the running step that is next, if no transaction holds the step; those before it are done.
    current_statement: Option<usize>,
    refused: Option<ResumeError>,
    /// Whether another run has taken over.
    taken_over: bool,
    /// A failure after which no step may follow.
    poisoned: Option<String>,
}

impl Journal {
    /// Creates the journal of `revision`, with what an earlier run recorded. `save` returns the statement that writes
    /// the text, its first parameter, if the row of the revision, the second, begins with the third.
    pub(crate) fn new(
        save: impl FnOnce(&str) -> String,
        revision: &str,
        noted: &str,
        deadline: std::time::Instant,
    ) -> Result<Journal, ResumeError> {
        let (entries, answers) = text::read(noted).ok_or_else(|| {
            ResumeError::because("the steps that an earlier run recorded can't be read")
        })?;
        // Code that had the connection can be neither skipped nor run again.
        if let Some(entry) = entries
            .iter()
            .find(|entry| matches!(entry.kind, EntryKind::Code { .. }))
        {
            return Err(ResumeError::because(&format!(
                "an earlier run reached {}, and what that did is not known",
                entry.title
            )));
        }
        let token = text::token(&this_process(), &owner::this_run());
        Ok(Journal {
            save: save(&token),
            revision: revision.to_owned(),
            token,
            written: 0,
            deadline,
            entries,
            at: 0,
            followed: entry::START,
            number: 0,
            query_log: answers,
            freed: RelaxedOrder::default(),
            mode: JournalMode::PerStep,
            current_statement: None,
            refused: None,
            taken_over: false,
            poisoned: None,
        })
    }

    /// Returns whether anything was recorded.
    pub(crate) fn holds_steps(noted: &str) -> bool {
        text::read(noted).is_none_or(|(entries, _)| !entries.is_empty())
    }

    /// Returns the process that wrote the journal.
    pub(crate) fn owner(noted: &str) -> Option<&str> {
        text::owner(noted)
    }

    /// Returns the number of steps that are recorded as done.
    pub(crate) fn done(noted: &str) -> usize {
        let (entries, _) = text::read(noted).unwrap_or_default();
        let ended = entries.iter().map(|entry| match &entry.kind {
            EntryKind::Done(done) => usize::try_from(done.count).unwrap_or(usize::MAX),
            EntryKind::Code { .. } => 1,
            EntryKind::Started(_) | EntryKind::Failed(_) => 0,
        });
        ended.fold(0, usize::saturating_add)
    }

    /// Returns what a failed revision leaves, according to its journal.
    pub(crate) fn failure_state(noted: &str) -> FailureState {
        let (entries, _) = text::read(noted).unwrap_or_default();
        let code = |entry: &Entry| matches!(entry.kind, EntryKind::Code { .. });
        match entries.iter().any(code) {
            true => FailureState::PartiallyApplied,
            false => FailureState::Resumable {
                steps_done: Journal::done(noted),
            },
        }
    }

    /// Returns the journal for the next run, after a run that ended with this error: the step that failed with it is
    /// tried again, and the queries after the last finished step are repeated, because both may have been repaired by
    /// then. Returns `None` if nothing changes.
    pub(crate) fn after_failure(noted: &str, error: &str) -> Option<String> {
        let (mut entries, mut answers) = text::read(noted)?;
        let mut changed = answers.drop_after(u64::try_from(Journal::done(noted)).ok()?);
        for entry in &mut entries {
            if let EntryKind::Failed(failed) = &mut entry.kind
                && error.contains(&failed.message)
            {
                failed.again = true;
                changed = true;
            }
        }
        let front = text::front(noted)?;
        changed.then(|| text::written(front, &entries, &answers))
    }

    /// Returns the beginning of the journal, which identifies this run.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Returns the journal as text, different each time.
    pub(crate) fn text(&mut self) -> String {
        self.written += 1;
        let front = format!("{}{}", self.token, self.written);
        text::written(&front, &self.entries, &self.query_log)
    }

    /// Compares a step with the journal.
    fn expect(&mut self, step: &Step) -> Result<Next, ResumeError> {
        while let Some(entry) = self.entries.get(self.at) {
            match &entry.kind {
                EntryKind::Done(done) => match done.after(self.followed, step) {
                    Some(followed) => return self.skip(followed),
                    None if self.followed != entry::START => return Err(self.step_differs(step)),
                    None if self.may_run_before(done, step) => self.pass(),
                    None => return Err(self.step_differs(step)),
                },
                EntryKind::Failed(failed) if failed.call == step.call => {
                    if failed.again {
                        return Ok(Next::Run);
                    }
                    let error = failed.error();
                    self.pass();
                    return Ok(Next::Fail(error));
                }
                // Nothing was done.
                EntryKind::Failed(_) => self.pass(),
                EntryKind::Started(started) if started.call == step.call => {
                    return Ok(Next::Resume(started.clone()));
                }
                EntryKind::Started(started) => return Ok(Next::Replace(started.clone())),
                EntryKind::Code { .. } => return Err(self.step_differs(step)),
            }
        }
        Ok(Next::Run)
    }

    /// Skips a step that is done.
    fn skip(&mut self, followed: (u64, u64)) -> Result<Next, ResumeError> {
        let Some(EntryKind::Done(done)) = self.entries.get(self.at).map(|entry| &entry.kind) else {
            return Ok(Next::Run);
        };
        let Some(rows) = done.rows_of(followed.0 - 1) else {
            return Err(ResumeError::because(&format!(
                "an earlier run did too many statements as step {} to record how many rows each of them changed",
                self.number + 1
            )));
        };
        let (numbers, last) = ([rows, done.second], followed.0 == done.count);
        self.number += 1;
        self.followed = followed;
        if last {
            self.at += 1;
            self.followed = entry::START;
        }
        Ok(Next::Skip(numbers))
    }

    /// Skips an entry that the revision did not repeat.
    fn pass(&mut self) {
        if let Some(EntryKind::Done(done)) = self.entries.get(self.at).map(|entry| &entry.kind) {
            self.number += done.count;
        }
        self.at += 1;
    }

    /// Returns whether a step may run before one that is done.
    fn may_run_before(&self, done: &Done, step: &Step) -> bool {
        let found = self.freed.looked && done.kind == StepKind::Operation;
        if found || self.freed.repaired {
            return true;
        }
        // All of these statements for rows are done: the revision must have continued after them.
        let mut later = self.entries[self.at..].iter();
        let after = later.find_map(|entry| match &entry.kind {
            EntryKind::Done(done) if done.kind == StepKind::Statement => {
                done.after(entry::START, step).map(|_| true)
            }
            EntryKind::Done(done) => Some(done.after(entry::START, step).is_some()),
            EntryKind::Started(started) => Some(started.call == step.call),
            EntryKind::Failed(_) => None,
            EntryKind::Code { .. } => Some(false),
        });
        self.freed.emptied && done.kind == StepKind::Statement && after == Some(true)
    }

    /// Returns whether the revision repeated every step that is recorded as done.
    fn has_repeated_all(&self) -> bool {
        self.unfollowed().is_none()
    }

    /// Returns the first step that is recorded as done and was not repeated.
    fn unfollowed(&self) -> Option<&Entry> {
        let mut rest = self.entries.iter().skip(self.at);
        rest.find(|entry| match &entry.kind {
            EntryKind::Failed(_) => false,
            EntryKind::Done(done) => {
                let found = self.freed.looked && done.kind == StepKind::Operation;
                self.followed != entry::START || !(found || self.freed.repaired)
            }
            EntryKind::Started(_) | EntryKind::Code { .. } => true,
        })
    }

    /// Returns the reason why no more steps run, if there is one.
    fn not_stopped(&self) -> Result<(), OpError> {
        let refused = self.refused.as_ref().map(|refused| refused.notes.clone());
        match refused.or_else(|| Some(vec![self.poisoned.clone()?])) {
            _ if self.taken_over => Err(OpError::TakenOver),
            Some(why) => Err(OpError::CannotResume { notes: why }),
            None => Ok(()),
        }
    }

    fn step_differs(&self, step: &Step) -> ResumeError {
        let noted = self.entries.get(self.at);
        let title = noted.map_or("nothing more", |entry| entry.title.as_str());
        let more = match noted.map(|entry| &entry.kind) {
            Some(EntryKind::Done(Done { count, .. })) if *count > 1 => {
                format!(" and {} more statements", count - 1)
            }
            _ => String::new(),
        };
        let first = self.number - self.followed.0;
        ResumeError::because(&format!(
            "an earlier run did this as step {}: {title}{more}; now the revision runs: {}",
            first + 1,
            step.title
        ))
    }

    /// Records that a step ended.
    fn note(&mut self, step: &Step, numbers: Numbers) {
        self.number += 1;
        let last = self.at.checked_sub(1);
        let crowded = self.at >= entry::MAX_ENTRIES;
        let started = usize::from(self.is_running());
        let is_last = self.at + started == self.entries.len();
        let before = last.and_then(|last| self.entries.get_mut(last));
        if is_last
            && let Some(EntryKind::Done(done)) = before.map(|entry| &mut entry.kind)
            && done.takes_in(step, crowded)
        {
            done.add(step, numbers[0]);
            self.entries.truncate(self.at);
            return;
        }
        self.put(step, EntryKind::Done(Done::of(step, numbers)));
        self.at += 1;
        self.freed.repaired |= self.forget_failure(step);
    }

    /// Inserts an entry at this run's position: in place of that of a started step, otherwise before the remaining
    /// ones.
    fn put(&mut self, step: &Step, kind: EntryKind) {
        let title = step.title.clone();
        let (entry, running) = (Entry { title, kind }, self.is_running());
        match self.entries.get_mut(self.at) {
            Some(old) if running => *old = entry,
            _ => self.entries.insert(self.at, entry),
        }
    }

    /// Removes the entry of a failed step, which is kept while it is tried again, and returns whether there was one.
    fn forget_failure(&mut self, step: &Step) -> bool {
        let kind = self.entries.get(self.at).map(|entry| &entry.kind);
        let had_failed =
            matches!(kind, Some(EntryKind::Failed(failed)) if failed.call == step.call);
        if had_failed {
            self.entries.remove(self.at);
        }
        had_failed
    }

    /// Removes the entry of a started step.
    fn forget(&mut self) {
        if self.is_running() {
            self.entries.remove(self.at);
        }
    }

    /// Returns whether the entry at this run's position is that of a started step.
    fn is_running(&self) -> bool {
        let kind = self.entries.get(self.at).map(|entry| &entry.kind);
        matches!(kind, Some(EntryKind::Started(_) | EntryKind::Code { .. }))
    }

    /// Returns the entry of the started step.
    fn step_in_progress(&self) -> Option<&StepInProgress> {
        match &self.entries.get(self.at)?.kind {
            EntryKind::Started(started) => Some(started),
            _ => None,
        }
    }

    /// Records that a step failed, for a revision that continues after it.
    fn note_failure(&mut self, step: &Step, error: &crate::v1::Error) {
        let failures = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.kind, EntryKind::Failed(_)));
        // So many failures are not recorded: the revision is stopped when it fails once more.
        if failures.count() < entry::MAX_ENTRIES && !self.is_running() {
            self.forget_failure(step);
            self.put(step, EntryKind::Failed(Failed::of(step, error)));
            self.at += 1;
        }
    }

    /// Records that the code which had the connection has ended.
    fn close(&mut self) {
        for entry in &mut self.entries {
            if let EntryKind::Code { ended } = &mut entry.kind {
                *ended = true;
            }
        }
    }
}

impl ResumeError {
    fn because(reason: &str) -> ResumeError {
        ResumeError {
            notes: vec![reason.to_owned()],
        }
    }
}
