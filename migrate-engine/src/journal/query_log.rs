//! The results of a revision's queries. A resumed run gets the recorded results up to the step where the earlier one
//! stopped, so that it runs the same steps: a query may return other rows once some steps are done.

use crate::hash::{fnv, mixed};
use migrate_schema::value::Value;

/// The maximum size of recorded results.
const MAX_BYTES: usize = 64 * 1024;

/// The maximum number of results that are recorded one by one, at least as a hash.
const MAX_QUERIES: usize = 1_000;

/// The queries of a revision and their results, in order.
#[derive(Debug, Default)]
pub(super) struct QueryLog {
    pub(super) all: Vec<LoggedQuery>,
    /// The results that this run has already used.
    used: Vec<bool>,
    /// The results beyond the maximum.
    pub(super) more: QueryDigest,
    /// The results beyond the maximum in this run.
    replayed: QueryDigest,
}

/// Results of which only their number and a common hash are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct QueryDigest {
    pub(super) all: (u64, u64),
    /// The number of steps before the last ones.
    pub(super) number: u64,
    /// The results before so many steps.
    pub(super) before: (u64, u64),
}

impl QueryDigest {
    fn add(&mut self, number: u64, hash: u64) {
        if number != self.number {
            (self.number, self.before) = (number, self.all);
        }
        self.all = (self.all.0 + 1, mixed(self.all.1, &hash.to_le_bytes()));
    }

    /// Deletes the results after this many steps, which are the last ones or none.
    fn drop_after(&mut self, number: u64) {
        if self.number >= number {
            self.all = self.before;
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoggedQuery {
    /// The number of steps before it.
    pub(super) number: u64,
    pub(super) query_hash: u64,
    pub(super) result: LoggedResult,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LoggedResult {
    /// The rows, as text.
    Rows(String),
    /// Their hash, because there were too many to record.
    Hash(u64),
}

/// Returns the hash of a query with its values.
pub(super) fn query_hash(sql: &str, params: &[Value]) -> u64 {
    let values = params.iter().map(|value| format!("{value:?}"));
    fnv(std::iter::once(sql.to_owned()).chain(values))
}

/// Returns the hash of rows.
pub(super) fn hash(rows: &[Vec<Value>]) -> u64 {
    fnv([text_of(rows)])
}

impl QueryLog {
    pub(super) fn read(all: Vec<LoggedQuery>, more: QueryDigest) -> QueryLog {
        QueryLog {
            used: vec![false; all.len()],
            all,
            more,
            replayed: QueryDigest::default(),
        }
    }

    /// Returns the result of a query after `number` steps, if it was recorded there.
    pub(super) fn replay(&mut self, number: u64, question: u64) -> Option<&LoggedResult> {
        let mut all = self.all.iter().zip(&self.used);
        let at = all.position(|(answer, used)| {
            !used && answer.number == number && answer.query_hash == question
        })?;
        self.used[at] = true;
        Some(&self.all[at].result)
    }

    /// Deletes the results after this many steps, and returns whether there were any.
    pub(super) fn drop_after(&mut self, number: u64) -> bool {
        let before = (self.all.len(), self.more);
        self.all.retain(|answer| answer.number < number);
        self.used.truncate(self.all.len());
        self.more.drop_after(number);
        before != (self.all.len(), self.more)
    }

    /// Returns whether this run has made all queries before the last entry with the same results, as far as only their
    /// hash is known.
    pub(super) fn is_in_step(&self) -> bool {
        self.replayed.all == self.more.all
    }

    /// Records a result, or compares it if only a hash was recorded.
    pub(super) fn keep(&mut self, number: u64, question: u64, rows: &[Vec<Value>]) {
        let text = text_of(rows);
        let kept = self.all.iter().map(|answer| match &answer.result {
            LoggedResult::Rows(text) => text.len(),
            LoggedResult::Hash(_) => 0,
        });
        if self.all.len() >= MAX_QUERIES {
            let hash = fnv([text, format!("{number} {question}")]);
            self.replayed.add(number, hash);
            if self.replayed.all.0 > self.more.all.0 {
                self.more = self.replayed;
            }
            return;
        }
        let found = match kept.sum::<usize>() + text.len() <= MAX_BYTES {
            true => LoggedResult::Rows(text),
            false => LoggedResult::Hash(fnv([text])),
        };
        self.all.push(LoggedQuery {
            number,
            query_hash: question,
            result: found,
        });
        self.used.push(true);
    }
}

/// Returns rows as text for a line of the journal, without its separators.
fn text_of(rows: &[Vec<Value>]) -> String {
    let row = |row: &Vec<Value>| row.iter().map(value_text).collect::<Vec<_>>().join(",");
    // A row without columns also counts.
    rows.iter().map(|each| format!("{};", row(each))).collect()
}

/// Parses rows; returns `None` if they were not written here.
pub(super) fn rows(text: &str) -> Option<Vec<Vec<Value>>> {
    text.split_terminator(';')
        .map(|row| match row {
            "" => Some(Vec::new()),
            row => row.split(',').map(value).collect(),
        })
        .collect()
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "n".to_owned(),
        Value::Boolean(value) => format!("b{}", u8::from(*value)),
        Value::Integer(number) => format!("i{number}"),
        Value::Real(number) => format!("r{:x}", number.to_bits()),
        Value::Text(text) => format!("t{}", super::text::escaped(text)),
        Value::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x{hex}")
        }
    }
}

fn value(text: &str) -> Option<Value> {
    let rest = text.get(1..)?;
    Some(match text.as_bytes()[0] {
        b'n' => Value::Null,
        b'b' => Value::Boolean(rest == "1"),
        b'i' => Value::Integer(rest.parse().ok()?),
        b'r' => Value::Real(f64::from_bits(u64::from_str_radix(rest, 16).ok()?)),
        b't' => Value::Text(super::text::plain(rest)?),
        b'x' => {
            let byte = |at: usize| u8::from_str_radix(rest.get(at..at + 2)?, 16).ok();
            Value::Blob(
                (0..rest.len())
                    .step_by(2)
                    .map(byte)
                    .collect::<Option<_>>()?,
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back_as_written() {
        let all = vec![
            vec![Value::Null, Value::Boolean(true), Value::Integer(-7)],
            vec![],
            vec![
                Value::Real(0.1),
                Value::Text("a,b;c%\t\n\u{1b}ä|*".to_owned()),
            ],
            vec![Value::Text(String::new())],
            vec![Value::Blob(vec![0, 255]), Value::Blob(vec![])],
        ];
        assert_eq!(rows(&text_of(&all)), Some(all));
        assert_eq!(rows(""), Some(vec![]));
        assert_eq!(rows("q;"), None);
        assert_eq!(rows("xz1;"), None);
    }

    #[test]
    fn a_result_that_is_too_large_is_recorded_as_a_hash() {
        let mut answers = QueryLog::default();
        let long = vec![vec![Value::Text("x".repeat(MAX_BYTES))]];
        answers.keep(0, 1, &long);
        answers.keep(1, 2, &[vec![Value::Integer(1)]]);
        let mut again = QueryLog::read(answers.all.clone(), QueryDigest::default());
        assert_eq!(again.replay(0, 1), Some(&LoggedResult::Hash(hash(&long))));
        assert_eq!(again.replay(0, 1), None, "asked once");
        assert_eq!(again.replay(0, 2), None, "asked elsewhere");
        assert_eq!(
            again.replay(1, 2),
            Some(&LoggedResult::Rows("i1;".to_owned()))
        );
    }
}
