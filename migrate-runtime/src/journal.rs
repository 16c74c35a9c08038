//! What a revision outside a transaction has done, step by step, so that a run that was cut short goes on where it stopped.
//!
//! Comes in: the steps that a revision asks for, in order, and what an earlier run noted. Goes out: which of them still
//! run. The code of a revision can't be entered in its middle, so a restart runs it from its start. The notes are a list of
//! all that it asked for, in order; as long as it follows them it gets what it got then, and nothing runs:
//!
//! ```text
//!                    ┌ noted as done ───────────────────────────────► left out
//!  a step is asked ──┼ noted as failed ─────────────────────────────► its error, again
//!                    ├ noted as begun ─► the schema is as before ───► runs
//!                    │                 ─► it is as after the step ──► left out
//!                    │                 ─► neither ──────────────────► stop, with the difference
//!                    ├ another one is noted here ───────────────────► stop, with both
//!                    └ past the last note ──────────────────────────► runs
//!  a question ───────┬ noted ───────────────────────────────────────► what it found then
//!                    └ past the last note ──────────────────────────► the database is asked
//! ```
//!
//! A step that can stand in a transaction is noted in the same one. What runs outside of any is noted as begun before and
//! as done after; where the process ended between the two, the schema tells. Nothing is guessed: what does not fit stops.
//!
//! The notes stand in the revision's own row of the version table until it is done, behind the name of the run that writes
//! them. Each is written only where that name still stands there: a run that another one has taken over from, because the
//! lock was lost, finds it out before its next step stays. Knows no graph and no target.

mod alone;
mod answers;
mod describe;
mod entry;
mod footprint;
mod note;
mod owner;
mod run_step;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod text;

#[cfg(feature = "postgres")]
pub(crate) use footprint::holds_name;
pub(crate) use footprint::{Touched, footprint};
pub(crate) use owner::{is_gone, this_process};
pub(crate) use step::Step;
pub(crate) use steps::Ending;

use answers::Answers;
use entry::{Begun, Done, Entry, EntryKind, Failed};
use step::StepKind;

use crate::error::{DatabaseError, OpError, Outcome};

/// How the steps stand to transactions at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Each is one of its own.
    Each,
    /// One is open that takes steps until the next change of the schema.
    Open,
    /// One is open that belongs to a piece of code.
    Within,
    /// Nothing is noted any more: code of the application has the connection.
    Off,
}

/// Why a run that was cut short can't go on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The reason, and what was found.
    pub(crate) why: Vec<String>,
}

/// What a step gave: for a statement the rows that it changed; for code two numbers of its own.
pub(crate) type Numbers = [u64; 2];

/// What becomes of a step.
#[derive(Debug)]
enum Next {
    /// It is done, and gave this.
    Skip(Numbers),
    /// It failed, and the revision went on.
    Fail(DatabaseError),
    /// It runs.
    Run,
    /// It was begun: look at the schema.
    Resume(Begun),
    /// Another was begun in its place: it runs where that one changed nothing.
    Replace(Begun),
}

/// Which notes a revision need not come by again, because of what it did on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Freed {
    /// It looked at the schema, and need not ask for operations whose work it found there.
    looked: bool,
    /// It asked for rows to work on, of which there are none any more.
    emptied: bool,
    /// A step that had failed went well: what it did because of the failure stays, and is not asked for again.
    repaired: bool,
}

/// The notes of one revision, and how far this run has followed them.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The statement that writes them into the revision's row.
    save: String,
    revision: String,
    /// The front of the notes: the process that writes them, and this run of it.
    token: String,
    /// How often they were written.
    written: u64,
    /// Until when a step waits for a lock of others.
    deadline: std::time::Instant,
    entries: Vec<Entry>,
    /// The note that the next step is compared with.
    at: usize,
    /// How many steps of that note this run has come by, and the hash of them.
    followed: (u64, u64),
    /// How many steps this run has come by in all.
    number: u64,
    answers: Answers,
    freed: Freed,
    mode: Mode,
    /// The statement of the running step that is due, where no transaction holds the step; those before it are done.
    due: Option<usize>,
    refused: Option<Refusal>,
    /// Whether another run has taken over.
    taken_over: bool,
    /// What failed in a way that no step may come after.
    spoiled: Option<String>,
}

impl Journal {
    /// Returns the journal of `revision`, with what an earlier run noted. `save` writes the text, as the first parameter,
    /// where the row of the revision, the second, begins with the third.
    pub(crate) fn new(
        save: impl FnOnce(&str) -> String,
        revision: &str,
        noted: &str,
        deadline: std::time::Instant,
    ) -> Result<Journal, Refusal> {
        let (entries, answers) = text::read(noted).ok_or_else(|| {
            Refusal::because("the steps that an earlier run recorded can't be read")
        })?;
        // Code that had the connection can be neither left out nor run again.
        if let Some(entry) = entries
            .iter()
            .find(|entry| matches!(entry.kind, EntryKind::Code { .. }))
        {
            return Err(Refusal::because(&format!(
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
            answers,
            freed: Freed::default(),
            mode: Mode::Each,
            due: None,
            refused: None,
            taken_over: false,
            spoiled: None,
        })
    }

    /// Returns whether anything was noted.
    pub(crate) fn holds_steps(noted: &str) -> bool {
        text::read(noted).is_none_or(|(entries, _)| !entries.is_empty())
    }

    /// Returns the process that wrote the notes.
    pub(crate) fn owner(noted: &str) -> Option<&str> {
        text::owner(noted)
    }

    /// Returns how many steps are noted as done.
    pub(crate) fn done(noted: &str) -> usize {
        let (entries, _) = text::read(noted).unwrap_or_default();
        let ended = entries.iter().map(|entry| match &entry.kind {
            EntryKind::Done(done) => usize::try_from(done.count).unwrap_or(usize::MAX),
            EntryKind::Code { .. } => 1,
            EntryKind::Begun(_) | EntryKind::Failed(_) => 0,
        });
        ended.fold(0, usize::saturating_add)
    }

    /// Returns what a failed revision leaves, by the notes about it.
    pub(crate) fn outcome(noted: &str) -> Outcome {
        let (entries, _) = text::read(noted).unwrap_or_default();
        let code = |entry: &Entry| matches!(entry.kind, EntryKind::Code { .. });
        match entries.iter().any(code) {
            true => Outcome::Kept,
            false => Outcome::Noted(Journal::done(noted)),
        }
    }

    /// Returns the notes of a run that ended with an error of these words, for the next one: a step that failed with it is
    /// tried again, and what was asked after the last step that is done is asked again, since both may be put right by then.
    /// `None` where nothing changes.
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

    /// Returns the front of the notes, by which this run's are known.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Returns the notes as they are stored: never twice the same text.
    pub(crate) fn text(&mut self) -> String {
        self.written += 1;
        let front = format!("{}{}", self.token, self.written);
        text::written(&front, &self.entries, &self.answers)
    }

    /// Compares a step with the notes.
    fn expect(&mut self, step: &Step) -> Result<Next, Refusal> {
        while let Some(entry) = self.entries.get(self.at) {
            match &entry.kind {
                EntryKind::Done(done) => match done.after(self.followed, step) {
                    Some(followed) => return self.skip(followed),
                    None if self.followed != entry::START => return Err(self.deviates(step)),
                    None if self.frees(done, step) => self.pass(),
                    None => return Err(self.deviates(step)),
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
                EntryKind::Begun(begun) if begun.call == step.call => {
                    return Ok(Next::Resume(begun.clone()));
                }
                EntryKind::Begun(begun) => return Ok(Next::Replace(begun.clone())),
                EntryKind::Code { .. } => return Err(self.deviates(step)),
            }
        }
        Ok(Next::Run)
    }

    /// Leaves out a step that is done.
    fn skip(&mut self, followed: (u64, u64)) -> Result<Next, Refusal> {
        let Some(EntryKind::Done(done)) = self.entries.get(self.at).map(|entry| &entry.kind) else {
            return Ok(Next::Run);
        };
        let Some(rows) = done.rows_of(followed.0 - 1) else {
            return Err(Refusal::because(&format!(
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

    /// Goes past a note that nothing was asked for.
    fn pass(&mut self) {
        if let Some(EntryKind::Done(done)) = self.entries.get(self.at).map(|entry| &entry.kind) {
            self.number += done.count;
        }
        self.at += 1;
    }

    /// Returns whether a step may be asked for before one that is done.
    fn frees(&self, done: &Done, step: &Step) -> bool {
        let found = self.freed.looked && done.kind == StepKind::Operation;
        if found || self.freed.repaired {
            return true;
        }
        // Of the statements for rows that are all done: the revision must have gone on after them.
        let mut later = self.entries[self.at..].iter();
        let after = later.find_map(|entry| match &entry.kind {
            EntryKind::Done(done) if done.kind == StepKind::Statement => {
                done.after(entry::START, step).map(|_| true)
            }
            EntryKind::Done(done) => Some(done.after(entry::START, step).is_some()),
            EntryKind::Begun(begun) => Some(begun.call == step.call),
            EntryKind::Failed(_) => None,
            EntryKind::Code { .. } => Some(false),
        });
        self.freed.emptied && done.kind == StepKind::Statement && after == Some(true)
    }

    /// Returns whether the revision asked for every step that is noted as done.
    fn followed(&self) -> bool {
        self.unfollowed().is_none()
    }

    /// Returns the first step that is noted as done and was not asked for.
    fn unfollowed(&self) -> Option<&Entry> {
        let mut rest = self.entries.iter().skip(self.at);
        rest.find(|entry| match &entry.kind {
            EntryKind::Failed(_) => false,
            EntryKind::Done(done) => {
                let found = self.freed.looked && done.kind == StepKind::Operation;
                self.followed != entry::START || !(found || self.freed.repaired)
            }
            EntryKind::Begun(_) | EntryKind::Code { .. } => true,
        })
    }

    /// Returns why no step runs any more, if none does.
    fn not_stopped(&self) -> Result<(), OpError> {
        let refused = self.refused.as_ref().map(|refused| refused.why.clone());
        match refused.or_else(|| Some(vec![self.spoiled.clone()?])) {
            _ if self.taken_over => Err(OpError::TakenOver),
            Some(why) => Err(OpError::Unresumable { why }),
            None => Ok(()),
        }
    }

    fn deviates(&self, step: &Step) -> Refusal {
        let noted = self.entries.get(self.at);
        let title = noted.map_or("nothing more", |entry| entry.title.as_str());
        let more = match noted.map(|entry| &entry.kind) {
            Some(EntryKind::Done(Done { count, .. })) if *count > 1 => {
                format!(" and {} more statements", count - 1)
            }
            _ => String::new(),
        };
        let first = self.number - self.followed.0;
        Refusal::because(&format!(
            "an earlier run did this as step {}: {title}{more}; now the revision runs: {}",
            first + 1,
            step.title
        ))
    }

    /// Notes that a step ended.
    fn note(&mut self, step: &Step, numbers: Numbers) {
        self.number += 1;
        let last = self.at.checked_sub(1);
        let crowded = self.at >= entry::MOST;
        let begun = usize::from(self.is_running());
        let is_last = self.at + begun == self.entries.len();
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

    /// Writes a note in the place that this run has come to: in that of a step that was begun, else before those that are
    /// still there.
    fn put(&mut self, step: &Step, kind: EntryKind) {
        let title = step.title.clone();
        let (entry, running) = (Entry { title, kind }, self.is_running());
        match self.entries.get_mut(self.at) {
            Some(old) if running => *old = entry,
            _ => self.entries.insert(self.at, entry),
        }
    }

    /// Takes out the note that a step had failed, which stays while it is tried again, and returns whether there was one.
    fn forget_failure(&mut self, step: &Step) -> bool {
        let kind = self.entries.get(self.at).map(|entry| &entry.kind);
        let had_failed =
            matches!(kind, Some(EntryKind::Failed(failed)) if failed.call == step.call);
        if had_failed {
            self.entries.remove(self.at);
        }
        had_failed
    }

    /// Takes out the note of a step that was begun.
    fn forget(&mut self) {
        if self.is_running() {
            self.entries.remove(self.at);
        }
    }

    /// Returns whether the note that this run has come to is that of a step which was begun.
    fn is_running(&self) -> bool {
        let kind = self.entries.get(self.at).map(|entry| &entry.kind);
        matches!(kind, Some(EntryKind::Begun(_) | EntryKind::Code { .. }))
    }

    /// Returns the note of the step that was begun.
    fn begun(&self) -> Option<&Begun> {
        match &self.entries.get(self.at)?.kind {
            EntryKind::Begun(begun) => Some(begun),
            _ => None,
        }
    }

    /// Notes that a step failed, for a revision that goes on after it.
    fn note_failure(&mut self, step: &Step, error: &crate::v1::Error) {
        let failures = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.kind, EntryKind::Failed(_)));
        // What fails so often is not told again: the revision is stopped where it comes by once more.
        if failures.count() < entry::MOST && !self.is_running() {
            self.forget_failure(step);
            self.put(step, EntryKind::Failed(Failed::of(step, error)));
            self.at += 1;
        }
    }

    /// Says that the code which had the connection has come to its end.
    fn close(&mut self) {
        for entry in &mut self.entries {
            if let EntryKind::Code { ended } = &mut entry.kind {
                *ended = true;
            }
        }
    }
}

impl Refusal {
    fn because(reason: &str) -> Refusal {
        Refusal {
            why: vec![reason.to_owned()],
        }
    }
}
