//! Statements that ended, counted and hashed: a revision may run one for each of many rows, and what it finds to do may
//! depend on what is done already.

use std::collections::HashMap;

use crate::hash::{fnv, mixed};

/// How many different statements with their values are told apart one by one.
const MOST: usize = 2_000;

/// How many changes in the number of rows are kept.
const MOST_RUNS: usize = 256;

/// How many calls in a row changed as many rows.
pub(super) type Runs = Vec<(u64, u64)>;

/// Statements that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calls {
    /// Each statement with its values, and the rows it changed; `None` where that was too much to keep.
    pub(super) each: Option<Vec<(u64, Runs)>>,
    pub(super) count: u64,
    /// The hash of all of them in order.
    pub(super) chain: u64,
    /// The rows they changed, in order; `None` where that was too much to keep.
    pub(super) rows: Option<Runs>,
    /// Whether the revision is known to have gone on after the last of them.
    pub(super) closed: bool,
}

/// How far a run has followed such statements.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    /// How often each was asked for.
    each: HashMap<u64, u64>,
    count: u64,
    chain: u64,
    /// Whether one ran that was not among them.
    fresh: bool,
}

/// What becomes of a statement, by those that ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is done, and changed this many rows.
    Done(u64),
    /// It is not.
    New,
    /// Nobody can tell.
    Unclear,
}

impl Calls {
    pub(super) fn none() -> Calls {
        Calls {
            each: Some(Vec::new()),
            count: 0,
            chain: fnv::<&str>([]),
            rows: Some(Vec::new()),
            closed: false,
        }
    }

    pub(super) fn add(&mut self, call: u64, rows: u64) {
        self.count += 1;
        self.chain = linked(self.chain, call);
        if !self.rows.as_mut().is_some_and(|runs| push(runs, rows)) {
            self.rows = None;
        }
        let Some(each) = &mut self.each else { return };
        let kept = match each.iter_mut().find(|(known, _)| *known == call) {
            Some((_, runs)) => push(runs, rows),
            None => {
                each.push((call, vec![(rows, 1)]));
                each.len() <= MOST
            }
        };
        if !kept {
            self.each = None;
        }
    }

    /// Looks whether a statement is among them. `complete` says whether the revision went on after the last of them,
    /// `differs` whether it has since seen other rows than in its first run.
    pub(super) fn find(
        &self,
        followed: &mut Followed,
        call: u64,
        complete: bool,
        differs: bool,
    ) -> Found {
        let Some(each) = &self.each else {
            return self.find_in_order(followed, call, complete, differs);
        };
        let used = followed.each.get(&call).copied().unwrap_or_default();
        let runs = each.iter().find(|(known, _)| *known == call);
        match runs.and_then(|(_, runs)| at(runs, used)) {
            // It may be the one that is done, or another of the same words for another row.
            Some(_) if followed.fresh || (differs && !complete) => Found::Unclear,
            Some(rows) => {
                followed.noted(call);
                Found::Done(rows)
            }
            None => {
                followed.fresh = true;
                Found::New
            }
        }
    }

    /// Of very many statements only the order tells, and all of them must come again.
    fn find_in_order(
        &self,
        followed: &mut Followed,
        call: u64,
        complete: bool,
        differs: bool,
    ) -> Found {
        if followed.count == self.count && !complete {
            return Found::New;
        }
        followed.noted(call);
        let whole = followed.count == self.count && followed.chain != self.chain;
        if differs || whole || followed.count > self.count {
            return Found::Unclear;
        }
        let rows = self
            .rows
            .as_ref()
            .and_then(|runs| at(runs, followed.count - 1));
        rows.map_or(Found::Unclear, Found::Done)
    }

    /// Returns whether a run that followed them so far may go on with something else.
    pub(super) fn may_end(&self, followed: &Followed, complete: bool) -> bool {
        self.each.is_some() || complete || followed.count == 0 || followed.count == self.count
    }
}

impl Followed {
    /// Goes past one statement.
    pub(super) fn noted(&mut self, call: u64) {
        let chain = if self.count == 0 {
            fnv::<&str>([])
        } else {
            self.chain
        };
        self.chain = linked(chain, call);
        self.count += 1;
        if self.each.len() <= MOST {
            *self.each.entry(call).or_default() += 1;
        }
    }
}

fn push(runs: &mut Runs, rows: u64) -> bool {
    match runs.last_mut() {
        Some((same, times)) if *same == rows => *times += 1,
        _ => runs.push((rows, 1)),
    }
    runs.len() <= MOST_RUNS
}

/// Returns how many rows the call of this number changed, counted from 0.
fn at(runs: &Runs, mut number: u64) -> Option<u64> {
    for (rows, times) in runs {
        if number < *times {
            return Some(*rows);
        }
        number -= times;
    }
    None
}

/// Returns the hash of calls with one more.
fn linked(chain: u64, call: u64) -> u64 {
    mixed(chain, &call.to_le_bytes())
}
