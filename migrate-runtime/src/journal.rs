//! What a revision outside a transaction has done, step by step, so that a run that was cut short goes on where it stopped.
//!
//! Comes in: the steps that a revision asks for, in order, and what an earlier run noted. Goes out: which of them still
//! run. The code of a revision can't be entered in its middle, so a restart runs it from its start and leaves out the steps
//! that are noted as done:
//!
//! ```text
//!                    ┌ noted as done ───────────────────────────────► left out
//!  a step is asked ──┼ noted as begun ─► the schema is as before ───► runs
//!                    │                 ─► it is as after the step ──► left out
//!                    │                 ─► neither ──────────────────► stop, with the difference
//!                    └ not noted ───────────────────────────────────► runs
//! ```
//!
//! A step that can stand in a transaction is noted in the same one. What runs outside of any is noted as begun before and
//! as done after; where the process ended between the two, the schema tells. Nothing is guessed: what does not fit stops.
//!
//! The notes stand in the revision's own row of the version table until it is done. Knows no graph and no target.

mod asked;
mod calls;
mod describe;
mod footprint;
mod note;
mod owner;
mod run_step;
mod steps;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use footprint::{Touched, footprint};
pub(crate) use owner::{is_gone, this_process};
pub(crate) use steps::Ending;

use asked::{Again, Asked};
use calls::{Calls, Followed, Found};

use crate::backend::Stands;
use crate::error::{Outcome, printable};
use crate::hash::fnv;
use crate::op::Operation;
use crate::value::Value;

/// Something that a revision asks for.
#[derive(Debug)]
pub(crate) struct Step {
    /// What it is, in a few words.
    title: String,
    /// The hash of what it does, without its values.
    text: u64,
    /// The same with its values.
    call: u64,
    stands: Stands,
    /// What it changes, as far as the schema shows it.
    touched: Touched,
    kind: StepKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StepKind {
    /// An operation, or a piece of code that runs once.
    Single,
    /// A statement; a revision may run the same one for each of many rows.
    Call,
}

impl Step {
    /// Returns the step that is this statement.
    pub(crate) fn statement(sql: &str, params: &[Value], stands: Stands) -> Step {
        let text = fnv([sql]);
        let values = params.iter().map(|value| format!("{value:?}"));
        Step {
            title: printable(&sql.split_whitespace().collect::<Vec<_>>().join(" ")),
            text,
            call: fnv(std::iter::once(sql.to_owned()).chain(values)),
            stands,
            touched: Touched::Everything,
            kind: StepKind::Call,
        }
    }

    /// Returns the step that is these operations, done together.
    pub(crate) fn operations(operations: &[Operation], stands: Stands) -> Step {
        let titles: Vec<String> = operations.iter().map(Operation::title).collect();
        let text = fnv(operations.iter().map(|operation| format!("{operation:?}")));
        Step {
            title: printable(&titles.join(", ")),
            text,
            call: text,
            stands,
            touched: Touched::by(operations),
            kind: StepKind::Single,
        }
    }

    /// Returns the step that is code of the application under a name.
    pub(crate) fn code(title: &str) -> Step {
        let text = fnv(["once", title]);
        Step {
            title: printable(title),
            text,
            call: text,
            stands: Stands::Inside,
            touched: Touched::Everything,
            kind: StepKind::Single,
        }
    }
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    title: String,
    kind: EntryKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum EntryKind {
    /// A step that ended.
    Done { text: u64 },
    /// A step that was begun outside of any transaction.
    Begun(Begun),
    /// Statements that ended: one for each of many rows, or all of one transaction.
    Calls(Calls),
    /// Code of the application that had the connection: what it did is not known until it has ended, and not then either.
    Code { ended: bool },
}

/// A step that was begun: at which of its statements it is, and what it touches was before that one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Begun {
    text: u64,
    statement: usize,
    touched: Touched,
    before: Vec<String>,
}

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

/// What becomes of a step.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It is done; this many rows were changed.
    Skip(u64),
    /// It runs.
    Run,
    /// It was begun: look at the schema.
    Resume(Begun),
    /// Another was begun in its place: it runs where that one changed nothing.
    Replace(Begun),
}

/// The notes of one revision, and how far this run has followed them.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The statement that writes them into the revision's row.
    save: String,
    revision: String,
    owner: String,
    /// Until when a step waits for a lock of others.
    deadline: std::time::Instant,
    entries: Vec<Entry>,
    /// The note that the next step is compared with.
    at: usize,
    /// How far this run has followed that note, if it is one of many statements.
    followed: Followed,
    asked: Asked,
    again: Again,
    /// Whether an earlier run noted anything.
    resumed: bool,
    mode: Mode,
    /// The statement of the running step that is due, where no transaction holds the step; those before it are done.
    due: Option<usize>,
    refused: Option<Refusal>,
    /// What failed in a way that no step may come after.
    spoiled: Option<String>,
}

impl Journal {
    /// Returns the journal of `revision`, with what an earlier run noted.
    pub(crate) fn new(
        save: String,
        revision: &str,
        noted: &str,
        deadline: std::time::Instant,
    ) -> Result<Journal, Refusal> {
        let (entries, asked) = text::read(noted).ok_or_else(|| {
            Refusal::because("what an earlier run noted about its steps can't be read")
        })?;
        // Code that had the connection can be neither left out nor run again.
        if let Some(entry) = entries
            .iter()
            .find(|entry| matches!(entry.kind, EntryKind::Code { .. }))
        {
            return Err(Refusal::because(&format!(
                "an earlier run got as far as {}, and what that did is not known",
                entry.title
            )));
        }
        Ok(Journal {
            save,
            revision: revision.to_owned(),
            owner: this_process(),
            deadline,
            at: 0,
            resumed: !entries.is_empty(),
            entries,
            followed: Followed::default(),
            asked,
            again: Again::default(),
            mode: Mode::Each,
            due: None,
            refused: None,
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
            EntryKind::Begun(_) => 0,
            EntryKind::Calls(calls) => usize::try_from(calls.count).unwrap_or(usize::MAX),
            EntryKind::Done { .. } | EntryKind::Code { .. } => 1,
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

    /// Returns the notes as they are stored.
    pub(crate) fn text(&self) -> String {
        text::written(&self.owner, &self.entries, &self.asked)
    }

    /// Compares a step with the notes.
    fn expect(&mut self, step: &Step) -> Result<Next, Refusal> {
        loop {
            let last = self.at + 1 >= self.entries.len();
            let Some(entry) = self.entries.get(self.at) else {
                return Ok(Next::Run);
            };
            match &entry.kind {
                EntryKind::Done { text } if *text == step.text => {
                    self.advance();
                    return Ok(Next::Skip(0));
                }
                EntryKind::Begun(begun) if begun.text == step.text => {
                    return Ok(Next::Resume(begun.clone()));
                }
                EntryKind::Begun(begun) => return Ok(Next::Replace(begun.clone())),
                EntryKind::Calls(calls) => {
                    let complete = calls.closed || !last;
                    if step.kind == StepKind::Call {
                        let differs = self.again.differs;
                        return match calls.find(&mut self.followed, step.call, complete, differs) {
                            Found::Done(rows) => Ok(Next::Skip(rows)),
                            Found::New => Ok(Next::Run),
                            Found::Unclear => Err(self.unclear(step)),
                        };
                    }
                    if !calls.may_end(&self.followed, complete) {
                        return Err(self.deviates(step));
                    }
                    self.advance();
                }
                // A revision that looks at the schema first need not ask again for what is there.
                EntryKind::Done { .. }
                    if step.kind == StepKind::Single && self.comes_later(step) =>
                {
                    self.advance();
                }
                EntryKind::Done { .. } | EntryKind::Code { .. } => return Err(self.deviates(step)),
            }
        }
    }

    /// Returns whether a step is noted after the one that is due.
    fn comes_later(&self, step: &Step) -> bool {
        let mut later = self.entries.iter().skip(self.at + 1);
        later.any(|entry| match &entry.kind {
            EntryKind::Done { text } => *text == step.text,
            EntryKind::Begun(begun) => begun.text == step.text,
            _ => false,
        })
    }

    fn advance(&mut self) {
        self.at += 1;
        self.followed = Followed::default();
    }

    /// Returns whether the revision asked for every step that is noted as done.
    fn followed(&self) -> bool {
        self.entries[self.at.min(self.entries.len())..]
            .iter()
            .all(|entry| match &entry.kind {
                EntryKind::Calls(calls) => calls.may_end(&self.followed, calls.closed),
                _ => false,
            })
    }

    fn unclear(&self, step: &Step) -> Refusal {
        Refusal::because(&format!(
            "an earlier run did some of the statements of step {}, and whether it did this one can't be told: {}",
            self.at + 1,
            step.title
        ))
    }

    /// Returns why no step runs any more, if none does.
    fn stopped(&self) -> Option<Vec<String>> {
        let refused = self.refused.as_ref().map(|refused| refused.why.clone());
        refused.or_else(|| Some(vec![self.spoiled.clone()?]))
    }

    fn deviates(&self, step: &Step) -> Refusal {
        let noted = self.entries.get(self.at);
        let title = noted.map_or("nothing more", |entry| entry.title.as_str());
        Refusal::because(&format!(
            "an earlier run did this as step {}: {title}; now the revision asks for: {}",
            self.at + 1,
            step.title
        ))
    }

    /// Compares what a query found with what it found in the run that was cut short.
    pub(crate) fn answered(&mut self, sql: &str, params: &[Value], rows: &[Vec<Value>]) {
        if self.mode == Mode::Off {
            return;
        }
        let query = asked::query(sql, params);
        self.asked
            .compare(&mut self.again, query, rows, self.resumed);
    }

    /// Notes that a step ended.
    fn note(&mut self, step: &Step, rows: u64) {
        if step.kind == StepKind::Single {
            return self.push(step, EntryKind::Done { text: step.text });
        }
        // Also a statement that is new among those of a step which is done otherwise.
        let at = self.at.min(self.entries.len().saturating_sub(1));
        let replayed = self.at < self.entries.len();
        let entry = self.entries.get_mut(at).map(|entry| &mut entry.kind);
        if let Some(EntryKind::Calls(calls)) = entry
            && (replayed || !calls.closed)
        {
            calls.add(step.call, rows);
            self.followed.noted(step.call);
            return;
        }
        let mut calls = Calls::none();
        calls.add(step.call, rows);
        self.push(step, EntryKind::Calls(calls));
        self.at = self.entries.len() - 1;
        self.followed.noted(step.call);
    }

    fn push(&mut self, step: &Step, kind: EntryKind) {
        let title = step.title.clone();
        self.entries.push(Entry { title, kind });
        self.at = self.entries.len();
        self.followed = Followed::default();
    }

    /// Says that nothing of the open transaction comes after what is noted now.
    fn close(&mut self) {
        for entry in &mut self.entries {
            match &mut entry.kind {
                EntryKind::Calls(calls) => calls.closed = true,
                EntryKind::Code { ended } => *ended = true,
                _ => {}
            }
        }
        self.at = self.at.max(self.entries.len());
    }
}

impl Refusal {
    fn because(reason: &str) -> Refusal {
        Refusal {
            why: vec![reason.to_owned()],
        }
    }
}
