//! What a revision's queries found in the run that was cut short: where they find something else now, its steps may be
//! others.

use std::collections::HashMap;

use crate::hash::fnv;
use crate::value::Value;

/// How many queries are kept.
const MOST: usize = 256;

/// The queries of a revision, and what they found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Each query with its values, and the hash of its rows, in order.
    pub(super) answers: Vec<(u64, u64)>,
}

/// How far a run has asked them again.
#[derive(Debug, Default)]
pub(super) struct Again {
    times: HashMap<u64, usize>,
    /// Whether one found something else, or can't be compared.
    pub(super) differs: bool,
}

/// Returns the hash of a query with its values.
pub(super) fn query(sql: &str, params: &[Value]) -> u64 {
    let values = params.iter().map(|value| format!("{value:?}"));
    fnv(std::iter::once(sql.to_owned()).chain(values))
}

impl Asked {
    /// Compares an answer with the one in the run that was cut short, or keeps it. One that is empty now asks for nothing
    /// more, whatever it was.
    pub(super) fn compare(
        &mut self,
        again: &mut Again,
        query: u64,
        rows: &[Vec<Value>],
        resumed: bool,
    ) {
        let answer = fnv(rows.iter().map(|row| format!("{row:?}")));
        let times = again.times.entry(query).or_default();
        let known = self.answers.iter().filter(|(asked, _)| *asked == query);
        let known = known.map(|(_, answer)| *answer).nth(*times);
        *times += 1;
        match known {
            Some(known) => again.differs |= known != answer && !rows.is_empty(),
            None if self.answers.len() < MOST => self.answers.push((query, answer)),
            None => again.differs |= resumed && !rows.is_empty(),
        }
    }
}
