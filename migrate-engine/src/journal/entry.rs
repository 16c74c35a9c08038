//! One entry of the journal: a step, or many statements in a row, and their result.

use crate::error::{DatabaseError, DatabaseErrorKind, OpError};
use crate::hash::mixed;
use crate::v1::Error;

use super::step::{Step, StepKind};
use super::{AffectedObjects, Numbers};

/// The maximum number of separate entries. Further statements are recorded as a common hash and their number.
pub(super) const MAX_ENTRIES: usize = 200;

/// The maximum number of row counts that are recorded for one entry.
const MAX_ROW_COUNTS: usize = 2_000;

/// No step of an entry, and the hash of none.
pub(super) const START: (u64, u64) = (0, 0xcbf2_9ce4_8422_2325);

/// The number of consecutive statements that changed the same number of rows.
pub(super) type Runs = Vec<(u64, u64)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) kind: EntryKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// One or many finished steps.
    Done(Done),
    /// A step that failed and changed nothing, after which the revision continued.
    Failed(Failed),
    /// A step that was started outside a transaction.
    Started(StepInProgress),
    /// Application code that had the connection. Its effect is not known, not even after it has ended.
    Code { ended: bool },
}

/// A started step: its current statement, and what it touches as it was before that statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepInProgress {
    pub(super) call: u64,
    pub(super) statement: usize,
    pub(super) affected: AffectedObjects,
    pub(super) before: Vec<String>,
}

/// A failed step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) call: u64,
    /// The index of its kind in [`RECORDED_KINDS`].
    pub(super) trouble: usize,
    pub(super) message: String,
    /// Whether it is tried again, because the revision failed with it.
    pub(super) again: bool,
}

/// Finished steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) kind: StepKind,
    /// The hash of the statement that all of them are, without its values; `None` if they are several.
    pub(super) text: Option<u64>,
    pub(super) count: u64,
    /// The hash of all of them in order.
    pub(super) chain: u64,
    /// The numbers of rows they changed, in order; `None` if that was too much to record.
    pub(super) rows: Option<Runs>,
    /// The further numbers that a piece of code returned.
    pub(super) second: u64,
}

impl Done {
    pub(super) fn of(step: &Step, [rows, second]: Numbers) -> Done {
        Done {
            kind: step.kind,
            text: Some(step.text),
            count: 1,
            chain: linked(START.1, step.call),
            rows: Some(vec![(rows, 1)]),
            second,
        }
    }

    /// Returns whether a step that follows these belongs to the same entry.
    pub(super) fn takes_in(&self, step: &Step, crowded: bool) -> bool {
        let statements = self.kind == StepKind::Statement && step.kind == StepKind::Statement;
        statements && (crowded || self.text == Some(step.text))
    }

    pub(super) fn add(&mut self, step: &Step, rows: u64) {
        self.count += 1;
        self.chain = linked(self.chain, step.call);
        if self.text != Some(step.text) {
            self.text = None;
        }
        if !self.rows.as_mut().is_some_and(|runs| push(runs, rows)) {
            self.rows = None;
        }
    }

    /// Returns the position after one more of these steps, or `None` if the step is not the next one. Of many
    /// statements, only the last one confirms all, by their hash.
    pub(super) fn after(&self, (count, hash): (u64, u64), step: &Step) -> Option<(u64, u64)> {
        let (count, hash) = (count + 1, linked(hash, step.call));
        let same = step.kind == self.kind && self.text.is_none_or(|text| text == step.text);
        let whole = count < self.count || hash == self.chain;
        (same && whole).then_some((count, hash))
    }

    /// Returns the number of rows that the step with this index changed, counted from 0.
    pub(super) fn rows_of(&self, mut number: u64) -> Option<u64> {
        for (rows, times) in self.rows.as_ref()? {
            if number < *times {
                return Some(*rows);
            }
            number -= times;
        }
        None
    }
}

/// The kinds of errors that are recorded; a later version may append some.
const RECORDED_KINDS: [DatabaseErrorKind; 11] = [
    DatabaseErrorKind::Other,
    DatabaseErrorKind::Busy,
    DatabaseErrorKind::ReadOnly,
    DatabaseErrorKind::StorageFull,
    DatabaseErrorKind::NotADatabase,
    DatabaseErrorKind::CannotOpen,
    DatabaseErrorKind::Corrupt,
    DatabaseErrorKind::Io,
    DatabaseErrorKind::ConstraintViolation,
    DatabaseErrorKind::AlreadyExists,
    DatabaseErrorKind::NeedsNoTransaction,
];

impl Failed {
    pub(super) fn of(step: &Step, error: &Error) -> Failed {
        let kind = match error.inner().downcast_ref::<OpError>() {
            Some(OpError::Statement { source, .. }) => source.kind,
            _ => DatabaseErrorKind::Other,
        };
        let message: String = error.to_string().chars().take(500).collect();
        Failed {
            call: step.call,
            trouble: RECORDED_KINDS
                .iter()
                .position(|known| *known == kind)
                .unwrap_or(0),
            message,
            again: false,
        }
    }

    /// Returns the recorded error.
    pub(super) fn error(&self) -> DatabaseError {
        let kind = RECORDED_KINDS.get(self.trouble).copied();
        DatabaseError::new(
            kind.unwrap_or(DatabaseErrorKind::Other),
            self.message.clone(),
        )
    }
}

fn push(runs: &mut Runs, rows: u64) -> bool {
    match runs.last_mut() {
        Some((same, times)) if *same == rows => *times += 1,
        _ => runs.push((rows, 1)),
    }
    runs.len() <= MAX_ROW_COUNTS
}

/// Returns the hash of steps with one more step.
fn linked(hash: u64, call: u64) -> u64 {
    mixed(hash, &call.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::START;
    use crate::hash::fnv;

    #[test]
    fn the_hash_of_zero_steps_is_the_initial_hash() {
        assert_eq!(START.1, fnv::<&str>([]));
    }
}
