//! Statements that ended, counted and hashed: a revision may run one for each of a million rows.

use crate::hash::{fnv, mixed};

/// How many different statements are told apart; of more, any is taken for one of them.
const MOST_TEXTS: usize = 64;

/// How many changes in the number of rows are kept.
const MOST_RUNS: usize = 256;

/// Statements that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calls {
    /// The hashes of the different statements.
    pub(super) texts: Vec<u64>,
    pub(super) count: u64,
    /// The hash of all of them with their values, in order.
    pub(super) chain: u64,
    /// How many rows they changed, and how many calls in a row changed as many; `None` where that was too much to keep.
    pub(super) rows: Option<Vec<(u64, u64)>>,
    /// Whether the revision is known to have gone on after the last of them.
    pub(super) closed: bool,
}

impl Calls {
    pub(super) fn one(text: u64, call: u64, rows: u64) -> Calls {
        let mut calls = Calls {
            texts: Vec::new(),
            count: 0,
            chain: fnv::<&str>([]),
            rows: Some(Vec::new()),
            closed: false,
        };
        calls.add(text, call, rows);
        calls
    }

    pub(super) fn add(&mut self, text: u64, call: u64, rows: u64) {
        if self.texts.len() < MOST_TEXTS && !self.texts.contains(&text) {
            self.texts.push(text);
        }
        self.count += 1;
        self.chain = linked(self.chain, call);
        let Some(runs) = &mut self.rows else { return };
        let full = runs.len() >= MOST_RUNS;
        match runs.last_mut() {
            Some((same, times)) if *same == rows => *times += 1,
            _ if full => self.rows = None,
            _ => runs.push((rows, 1)),
        }
    }

    pub(super) fn has(&self, text: u64) -> bool {
        self.texts.len() >= MOST_TEXTS || self.texts.contains(&text)
    }

    /// Returns how many rows the call of this number changed, counted from 0; none for one that there was not.
    pub(super) fn rows(&self, mut number: u64) -> Option<u64> {
        for (rows, times) in self.rows.as_ref()? {
            if number < *times {
                return Some(*rows);
            }
            number -= times;
        }
        Some(0)
    }
}

/// Returns the hash of calls with one more.
pub(super) fn linked(chain: u64, call: u64) -> u64 {
    mixed(chain, &call.to_le_bytes())
}
